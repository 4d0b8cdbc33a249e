"""A ledger with rows in every table that only grows, recorded on three days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from narrative.clock import SimulatedClock
from narrative.ledger import Ledger
from narrative.terms import Capture, Claim
from tests.ledger_rows import FIRST, LARGE, SECOND, SMALL, START, Quote, day, ledger, reading
from tests.price_rows import run

DAYS = (date(2026, 1, 12), date(2026, 1, 14), date(2026, 1, 16))
_STAMP = "2026-01-14T15:00:00.000000+00:00"


def page(url: str, number: float) -> Capture:
    """The bytes of a page, fetched so many days after the start."""
    return Capture(url, url, day(number), "text/html", b"<p>" + url.encode() * 9, "One", None)


def full_ledger(folder: Path) -> tuple[Ledger, SimulatedClock]:
    """Return an open ledger and its clock, which stands on the third of DAYS."""
    book, clock = ledger(folder)
    house = Quote("Rates will fall by the autumn", None, "Kestrel", {"small_caps": "bullish"})
    first = reading(SMALL, LARGE, house, published=Claim(START, "meta"))
    book.keep_reading(first, capture=page("https://one.example/a", 0))
    clock.advance_to(day(2))
    again = reading(
        SMALL, url="https://two.example/b", at=day(2), outlet="Two", published=Claim(day(2), "meta")
    )
    book.keep_reading(again, capture=page("https://two.example/b", -400))
    book.keep_reading(reading(SMALL, LARGE, house, published=Claim(START, "meta"), vintage=SECOND))
    book.keep_prices(run([100.0, 101.0, 99.5]), source="prices.csv")
    book.note_rereading(1, SECOND, first.article, None)
    clock.advance_to(day(4))
    book.pass_over(page("https://three.example/c", 4), "empty")
    book.correct(book.entries(vintage=FIRST.id)[0].view, "bearish", "she quotes the other camp")
    book.merge_voices("Ann Lee", "Tom Ode", "one person")
    row = {"narrative": "rotation", "date": date(2026, 1, 12), "computed_at": day(4), "factor": 0.25}
    book.publish_factor([row])
    made = {
        "narrative": "rotation",
        "parameters": "{}",
        "model": "reader-1",
        "horizon": 5,
        "spread": "IWM − SPY",
    }
    over = {"cutoff_minutes": 0, "first": DAYS[0], "last": DAYS[2], "n": 3, "ic": 0.125, "p": 0.5}
    book.log_trials([made | over])
    with book.store.write() as db:  # what only a crawl, an import and a person at a new firm write
        db.execute(
            "INSERT INTO feeds VALUES ('https://one.example/feed', ?, ?, NULL, NULL, NULL)", [_STAMP] * 2
        )
        db.execute(
            "INSERT INTO polls VALUES (1, 'https://one.example/feed', ?, 'ok', 200, 3, 1, '', ?, NULL)",
            [_STAMP] * 2,
        )
        db.execute(
            "INSERT INTO fetches VALUES (1, 'https://one.example/a', 'f', ?, 'ok', 200, '', 1, NULL, 1)",
            [_STAMP],
        )
        db.execute("INSERT INTO imported VALUES (1, 'i', 's', 'a', 'desk', 'views.csv', 2, 1.0)")
        db.execute(
            "INSERT OR IGNORE INTO voice_firms VALUES (1, 'kestrel', 'same name and title', ?)", [_STAMP]
        )
        db.execute("INSERT OR IGNORE INTO voice_names VALUES (1, 'a', 'A Lee', ?)", [_STAMP])
    return book, clock
