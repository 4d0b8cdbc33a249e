"""Single files and pages: reads them, judges free text, and keeps them in a ledger at somebody's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from narrative.clock import Clock
from narrative.crawl.agent import user_agent
from narrative.crawl.fetch import Fetcher
from narrative.crawl.poll import capture_url
from narrative.errors import NarrativeError
from narrative.ledger import Ledger
from narrative.measure.timing import claimed_instant
from narrative.pipeline import keep_article, keep_page
from narrative.read.encoder import StanceModel
from narrative.read.page import article_of, article_of_text
from narrative.read.reader import read_article
from narrative.targets import load_targets
from narrative.terms import Article, Capture, Claim, Reading


def reading_of_file(path: Path, model: StanceModel) -> Reading:
    """Read one file, kept nowhere: `.txt` as it is, HTML extracted first. Raises NarrativeError for what cannot be read."""
    return read_article(_article_of_file(path), model, load_targets())


def add(
    ledger: Ledger,
    place: str,
    model: StanceModel,
    clock: Clock,
    *,
    published: date | datetime | None = None,
    outlet: str = "",
    url: str = "",
    trust_dates: bool = False,
    contact: str | None = None,
) -> str:
    """Read a file or a page and keep it; return one line on what it gave.

    What is given here stands over what the page says of itself. With `trust_dates` the publication time is taken for the
    time at which the text could first be read. Raises NarrativeError for what cannot be fetched or read.
    """
    claim = Claim(published, "given") if published is not None else None
    if place.startswith(("http://", "https://")):
        capture = _fetched(place, outlet, clock, contact)
        article = _given(article_of(capture), claim, outlet, trust_dates)
        reading, new = keep_page(capture, article, ledger, model, load_targets())
    else:
        article = _given(_article_of_file(Path(place), url), claim, outlet, trust_dates)
        reading, new = keep_article(article, ledger, model, load_targets(), clock)
    return f"{place}: {_gave(reading)}{'' if new else ' (was in the ledger already)'}"


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
        raise NarrativeError(f"{path} is not text in UTF-8 (byte {error.start}); save it as UTF-8 or as .html") from error
    return article_of_text(text, path=str(path), url=url, title="", outlet="", published=None, available_at=None)


def _gave(reading: Reading) -> str:
    if reading.article.stub:
        return f"a teaser, not read: {reading.article.stub}"
    said = sum(not statement.dup for statement in reading.statements)
    return f"{said} statements, {len(reading.views)} views"


def _given(article: Article, claim: Claim | None, outlet: str, trust_dates: bool) -> Article:
    article = replace(article, published=claim or article.published, outlet=outlet or article.outlet)
    if trust_dates and article.published is not None:
        return replace(article, available_at=claimed_instant(article.published))
    return article


def _fetched(url: str, outlet: str, clock: Clock, contact: str | None) -> Capture:
    with Fetcher(None, clock, user_agent=user_agent(contact)) as fetcher:
        fetch, capture = capture_url(url, fetcher, clock, outlet)
    if capture is None:
        raise NarrativeError(f"{url}: not fetched ({fetch.outcome}): {fetch.note}")
    return capture
