"""Everything that is kept, read again with the present code and model: no network, a new vintage beside the old.

A page is extracted anew from its bytes, a text that came without a page is read as it is kept. Each is one
transaction and noted with its vintage: a run that was stopped goes on where it was, one that has ended finds nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from narrative.crawl.canonical import canonical_url
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.ledger.rereadings import Past, Speaking
from narrative.pipeline import Progress
from narrative.read.encoder import StanceModel
from narrative.read.page import article_of, article_of_text
from narrative.read.reader import read_article, vintage_of
from narrative.targets import Targets
from narrative.terms import Article, Capture, Reading, Vintage

Change = Literal["first", "same", "changed", "gained", "lost", "none"]


@dataclass(frozen=True, slots=True)
class RereadSummary:
    """What a second look changed, counted over what this run looked at.

    Pages: `same` text as before, `changed` text, an article `gained` where there was none, `lost` where there
    was one, `none` before and now, `first` looked at now. `restated` pages keep their text and state another
    title or date; the ledger keeps what they stated first. `before` and `after` are the whole ledger.
    """

    vintage: Vintage
    before: Speaking
    after: Speaking
    same: int = 0
    changed: int = 0
    gained: int = 0
    lost: int = 0
    none: int = 0
    first: int = 0
    restated: int = 0
    texts: int = 0
    otherwise: int = 0

    @property
    def pages(self) -> int:
        """How many pages this run looked at."""
        return self.same + self.changed + self.gained + self.lost + self.none + self.first


def reread(
    ledger: Ledger, model: StanceModel, targets: Targets, progress: Progress | None = None
) -> RereadSummary:
    """Read all kept pages and texts that the present vintage has not seen to; return what changed.

    What no page gives any more falls silent under the new vintage, after the last page. Older vintages, and
    with them what was known at any earlier moment, stay as they are.
    """
    told = progress or (lambda _stage, _done, _all: None)
    run = _Run(ledger, model, targets)
    before = ledger.speaking()
    numbers = ledger.captures_to_reread(run.vintage)
    for done, number in enumerate(numbers, 1):
        run.page(number)
        told("pages", done, len(numbers))
    for number in ledger.replaced(run.vintage):
        ledger.keep_reading(Reading(ledger.kept_article(number), run.vintage))
    texts = ledger.texts_to_reread(run.vintage)
    for done, number in enumerate(texts, 1):
        run.text(ledger.kept_article(number))
        told("texts", done, len(texts))
    after = ledger.speaking()
    ledger.seal_days()
    return RereadSummary(
        run.vintage, before, after, **run.tally, otherwise=ledger.judged_otherwise(run.vintage)
    )


class _Run:
    """One pass of one vintage."""

    def __init__(self, ledger: Ledger, model: StanceModel, targets: Targets) -> None:
        self.vintage = vintage_of(model, targets)
        self.tally: Counter[str] = Counter()
        self._ledger = ledger
        self._model = model
        self._targets = targets

    def page(self, number: int) -> None:
        """Extract and read one kept page, and note what it gave."""
        capture, past = self._ledger.capture(number), self._ledger.past(number)
        try:
            article = _as_given(_extracted(capture), past)
            reading = self._reading(article)
        except NarrativeError as error:
            self._nothing(number, capture, past, str(error))
            return
        with self._ledger.together():
            if reading is not None or not past.read:
                self._ledger.keep_reading(
                    reading or Reading(article, self.vintage),
                    backfilled=past.backfilled,
                    trusted=past.trusted and past.alone,
                    capture=None if past.read else capture,
                )
            now = self._ledger.note_rereading(number, self.vintage, article, None)
        change = _change(past, now)
        self.tally[change] += 1
        restated = (article.title, article.published) != (past.title, past.published)
        self.tally["restated"] += change == "same" and restated

    def text(self, article: Article) -> None:
        """Read one text that came without a page; what is no text to the present code says nothing."""
        try:
            reading = read_article(_as_text(article), self._model, self._targets)
        except NarrativeError:
            reading = Reading(article, self.vintage)
        self._ledger.keep_reading(reading)
        self.tally["texts"] += 1

    def _reading(self, article: Article) -> Reading | None:
        """Read an article, None when this vintage has read it."""
        if self._ledger.has_reading(article, self.vintage):
            return None
        return read_article(article, self._model, self._targets)

    def _nothing(self, number: int, capture: Capture, past: Past, reason: str) -> None:
        with self._ledger.together():
            if not past.read:
                self._ledger.pass_over(capture, reason)
            self._ledger.note_rereading(number, self.vintage, None, reason)
        self.tally[_change(past, None)] += 1


def _extracted(capture: Capture) -> Article:
    return article_of(replace(capture, final_url=canonical_url(capture.final_url)))


def _as_text(article: Article) -> Article:
    """Return a kept text with the doubts, repeats and teaser marks the present code finds in it."""
    fresh = article_of_text(
        article.text,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        available_at=article.available_at,
    )
    return replace(fresh, id=article.id, authors=article.authors, byline=article.byline)


def _as_given(article: Article, past: Past) -> Article:
    """What somebody gave with a page stands over what the page says, whichever code reads it.

    The time from which it could be read is kept too, unless the old article was another page's as well: the
    new text may be in this one alone.
    """
    given = past.published if past.published and past.published.origin == "given" else None
    available_at = past.available_at if past.alone else article.available_at
    return replace(article, published=given or article.published, available_at=available_at)


def _change(past: Past, now: int | None) -> Change:
    if not past.read:
        return "first"
    if now is None:
        return "none" if past.article is None else "lost"
    if past.article is None:
        return "gained"
    return "same" if now == past.article else "changed"
