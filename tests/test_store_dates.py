"""What a page states of its dates, from its bytes through the ledger to `narrative why`: offset and update."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.clock import SimulatedClock
from narrative.ledger import Ledger, columns
from narrative.ledger.links import keep
from narrative.read.dates import stated
from narrative.read.dating import claim_of
from narrative.read.page import article_of
from narrative.read.reader import read_article
from narrative.rereading import reread
from narrative.targets import Targets
from narrative.tell.why import render_view
from narrative.terms import Capture, Claim, Link
from tests.scripted_model import BULLISH, NO_VIEW, Scripted

SEEN = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)
PUBLISHED = "2026-01-13T15:20:00-05:00"
AROUND = "The desks that watch the market had a busy start to the year, and most of them say so. " * 3


def page(published: str = PUBLISHED, modified: str = "") -> Capture:
    told = f'{{"@type": "NewsArticle", "datePublished": "{published}", "dateModified": "{modified}"}}'
    said = "“We expect small caps to lead the market,” said Ann Lee, chief strategist at Harbor Lane Capital."
    body = (
        f'<html><head><script type="application/ld+json">{told}</script></head><body><article>'
        f"<h1>Ann Lee on small caps and rates</h1><p>{AROUND}</p><p>{said}</p></article></body></html>"
    )
    return Capture("http://one.example/a", "http://one.example/a", SEEN, "text/html", body.encode(), "One")


def model() -> Scripted:
    return Scripted({"small caps": BULLISH}, default=NO_VIEW)


OFFSETS = [
    ("2026-01-14T15:20:00-05:00", -300, "hours west"),
    ("2026-01-14T15:20:00+0530", 330, "a half hour, without the colon"),
    ("2026-01-14T15:20:00-03:30", -210, "a half hour west"),
    ("2026-01-14T15:20:00+00:00", 0, "zero, as digits"),
    ("2026-01-14T15:20:00Z", 0, "zero, as a letter"),
    ("2026-01-14 15:20 UTC", 0, "zero, as a name"),
    ("2026-01-14T15:20:00", None, "no zone is none, and not zero"),
    ("2026-01-14", None, "a day has no clock"),
    ("Wed, 14 Jan 2026 10:01:41 EST", -300, "the name of a zone in the form of e-mail"),
    ("Wed, 14 Jan 2026 10:01:41 +0100", 60, "digits in the form of e-mail"),
    ("Wed, 14 Jan 2026 10:01:41 -0330", -210, "a half hour west in the form of e-mail"),
    ("Wed, 14 Jan 2026 10:01:41", None, "the form of e-mail without a zone"),
    ("January 14, 2026 5:50 p.m.", None, "printed for people"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "offset", "why"), OFFSETS, ids=[row[2] for row in OFFSETS])
def test_the_offset_is_the_one_that_was_written(text: str, offset: int | None, why: str) -> None:
    claim = claim_of(text, "meta")
    assert claim is not None
    assert claim.offset_minutes == offset, why
    assert claim.zone_known == (offset is not None)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - the zone is joined in the test
    st.integers(-14 * 60, 14 * 60),
)
@settings(deadline=None)
def test_value_and_offset_give_back_the_clock_that_was_written(clock: datetime, minutes: int) -> None:
    clock = clock.replace(microsecond=0)
    side, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    claim = stated(f"{clock.isoformat()}{side}{hours:02}:{rest:02}", "meta")
    assert claim is not None
    assert isinstance(claim.value, datetime)
    assert claim.value.replace(tzinfo=None) + timedelta(minutes=claim.offset_minutes or 0) == clock
    assert claim.offset_minutes == minutes


def test_claims_of_one_instant_are_equal_whatever_clock_they_were_written_by() -> None:
    east, west = (stated(text, "meta") for text in ("2026-01-14T10:00:00+01:00", "2026-01-14T04:00:00-05:00"))
    assert east == west
    assert east is not None
    assert west is not None
    assert (east.offset_minutes, west.offset_minutes, hash(east)) == (60, -300, hash(west))


claims = st.none() | st.builds(
    Claim,
    st.datetimes(timezones=st.just(UTC)) | st.dates(),
    st.sampled_from(["json-ld", "meta", "feed", "given"]),
    st.booleans(),
    st.none() | st.integers(-840, 840),
)


@given(claims, st.sampled_from(["published", "updated"]))
@settings(deadline=None)
def test_a_claim_comes_back_from_its_columns_whole(claim: Claim | None, name: str) -> None:
    row = columns.claim_columns(claim, name)
    assert list(row) == [name, f"{name}_origin", f"{name}_zone", f"{name}_offset"]
    back = columns.claim(*row.values())  # type: ignore[arg-type]
    assert back == claim
    assert (back and back.offset_minutes) == (claim and claim.offset_minutes)


UPDATES = [
    ("2026-01-14T08:00:00+01:00", Claim(datetime(2026, 1, 14, 7, tzinfo=UTC), "json-ld"), 60, "an instant"),
    ("2026-01-14", Claim(date(2026, 1, 14), "json-ld", zone_known=False), None, "a day"),
    ("2026-01-12T08:00:00Z", None, None, "before the publication: no update"),
    ("", None, None, "silence"),
]


@pytest.mark.parametrize(("modified", "updated", "offset", "why"), UPDATES, ids=[row[3] for row in UPDATES])
def test_an_update_goes_from_the_page_to_why(
    ledger: Ledger, targets: Targets, modified: str, updated: Claim | None, offset: int | None, why: str
) -> None:
    capture = page(modified=modified)
    ledger.keep_reading(read_article(article_of(capture), model(), targets), capture=capture)
    (entry,) = ledger.entries()
    assert entry.published is not None
    assert (entry.published.value, entry.published.offset_minutes) == (
        datetime(2026, 1, 13, 20, 20, tzinfo=UTC),
        -300,
    )
    evidence = ledger.why(entry.view)
    assert evidence.updated == updated, why
    assert (evidence.updated and evidence.updated.offset_minutes) == offset
    text = " ".join(render_view(evidence, targets).split())
    told = f"updated {updated.value.isoformat()} (known to the {updated.precision}" if updated else "updated"
    assert (told in text) == (updated is not None)
    kept = ledger.kept_article(1)
    assert (kept.published, kept.updated) == (entry.published, updated)
    assert kept == replace(article_of(capture), flags=kept.flags)


def test_no_id_depends_on_what_is_stated_beside_the_publication(ledger: Ledger, targets: Targets) -> None:
    plain, more = (
        read_article(article_of(page(*dates)), model(), targets)
        for dates in (("2026-01-13T20:20:00Z", ""), (PUBLISHED, "2026-01-14T08:00:00Z"))
    )
    assert more.article.updated
    assert plain.article.id == more.article.id
    assert [one.id for one in plain.statements] == [one.id for one in more.statements]
    assert [one.id for one in plain.views] == [one.id for one in more.views]
    link = Link("http://one.example/a", "http://one.example/feed", "1", published=plain.article.published)
    with ledger.store.write() as db:
        first = keep(ledger.store, db, link, SEEN)
        assert keep(ledger.store, db, replace(link, published=more.article.published), SEEN) == first


def test_reading_again_calls_no_date_another_for_its_offset(
    ledger: Ledger, clock: SimulatedClock, targets: Targets
) -> None:
    capture = page()
    ledger.keep_capture(capture)
    article = article_of(capture)
    assert article.published is not None
    older = replace(article, published=replace(article.published, offset_minutes=None))
    ledger.keep_reading(read_article(older, model(), targets), capture=capture)
    again = model()
    again.name = "newer"
    clock.sleep(60)
    summary = reread(ledger, again, targets)
    assert (summary.same, summary.restated) == (1, 0)
