"""Single files and pages: reads them, judges free text, and keeps them in a ledger at somebody's word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from narrative.clock import Clock
from narrative.crawl.agent import user_agent
from narrative.crawl.fetch import Fetcher
from narrative.crawl.poll import capture_url
from narrative.errors import NarrativeError, UsageError
from narrative.ledger import Ledger
from narrative.measure.timing import claimed_instant
from narrative.pipeline import keep_article, keep_page
from narrative.read.encoder import StanceModel
from narrative.read.page import article_of, article_of_text
from narrative.read.reader import read_article
from narrative.targets import load_targets
from narrative.tell.layout import count
from narrative.terms import Article, Capture, Claim, Reading


def reading_of_file(path: Path, model: StanceModel) -> Reading:
    """Read one file, kept nowhere: `.txt` as it is, HTML extracted first. Raises NarrativeError for what cannot be read."""
    return read_article(_article_of_file(path), model, load_targets().whole())


def reading_of_text(
    text: str, model: StanceModel, *, title: str, outlet: str, url: str, published: Claim | None
) -> Reading:
    """Read a text as it is, kept nowhere. Raises NarrativeError for what cannot be read."""
    article = article_of_text(text, url=url, title=title, outlet=outlet, published=published)
    return read_article(article, model, load_targets().whole())


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody says of a page; it stands over what the page says of itself.

    With `trust_dates` the publication time is taken for the time at which the text could first be read.
    """

    published: date | datetime | None = None
    outlet: str = ""
    url: str = ""
    trust_dates: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article that is ready to be read and kept, with the capture it was made from when it was fetched.

    `trusted` says that it became available at its print date, because somebody trusts that.
    """

    place: str
    article: Article
    capture: Capture | None = None
    trusted: bool = False


def incoming(place: str, clock: Clock, given: Given, contact: str | None = None) -> Incoming:
    """Fetch a page or open a file and make its article. Raises NarrativeError for what cannot be fetched or is no article."""
    if place.startswith(("http://", "https://")):
        capture = _fetched(place, given.outlet, clock, contact)
        return _as_given(Incoming(place, article_of(capture), capture), given, clock)
    if "://" in place:
        raise UsageError(
            f"{place}: only http and https addresses can be fetched; save the page and add the file"
        )
    return _as_given(Incoming(place, _article_of_file(Path(place), given.url)), given, clock)


def keep(page: Incoming, ledger: Ledger, model: StanceModel, clock: Clock) -> str:
    """Read an article and keep it; return one line on what it gave."""
    targets = load_targets().whole()
    if page.capture is not None:
        reading, new = keep_page(page.capture, page.article, ledger, model, targets, trusted=page.trusted)
    else:
        reading, new = keep_article(page.article, ledger, model, targets, clock, trusted=page.trusted)
    ledger.seal_days()
    if not new:
        return f"{page.place}: in the ledger already, with the date and outlet it was first given; nothing changed"
    undated = "" if reading.article.published else "; undated: give --published when you know it"
    return f"{page.place}: {_gave(reading)}{undated}"


def _article_of_file(path: Path, url: str = "") -> Article:
    """Make an article of a file: `.html` and `.htm` are pages, anything else is text as it is."""
    try:
        body = path.read_bytes()
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise NarrativeError(f"cannot read {path}: {error.strerror}") from error
    if path.suffix.lower() in (".html", ".htm", ".xhtml"):
        capture = Capture(url or path.resolve().as_uri(), url or str(path), written, "text/html", body)
        return replace(article_of(capture), url=url, available_at=None)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NarrativeError(
            f"{path} is not text in UTF-8 (byte {error.start}); save it as UTF-8 or as .html"
        ) from error
    return article_of_text(
        text, path=str(path), url=url, title="", outlet="", published=None, available_at=None
    )


def _gave(reading: Reading) -> str:
    if reading.article.stub:
        return f"a teaser, not read: {reading.article.stub}"
    said = sum(not statement.dup for statement in reading.statements)
    return f"{count(said, 'statement')}, {count(len(reading.views), 'view')}"


def _as_given(page: Incoming, given: Given, clock: Clock) -> Incoming:
    """Put what somebody says of a page over what it says; a date that is ahead of now can only count from now."""
    article = page.article
    claim = article.published if given.published is None else Claim(given.published, "given")
    article = replace(article, published=claim, outlet=given.outlet or article.outlet)
    if not given.trust_dates or claim is None:
        return replace(page, article=article)
    printed, now = claimed_instant(claim), clock.now()
    return replace(page, article=replace(article, available_at=min(printed, now)), trusted=printed < now)


def _fetched(url: str, outlet: str, clock: Clock, contact: str | None) -> Capture:
    with Fetcher(None, clock, user_agent=user_agent(contact)) as fetcher:
        fetch, capture = capture_url(url, fetcher, clock, outlet)
    if capture is None:
        raise NarrativeError(f"{url}: not fetched ({fetch.outcome}): {fetch.note}")
    return capture
