from __future__ import annotations

import csv
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from narrative.bundled import bundled
from narrative.commands.demo_map import load_site
from narrative.errors import NarrativeError

SITE = bundled("corpus/site")
START = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
END = datetime(2026, 2, 13, 22, 0, tzinfo=UTC)

MAP = load_site(SITE)
ROWS = tomllib.loads((SITE / "site.toml").read_text(encoding="utf-8"))["page"]


# --- the pages -----------------------------------------------------------------------------------------


class Balance(HTMLParser):
    """Counts tags that are opened and not closed, or the other way round."""

    VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("file", sorted(SITE.glob("*/*.html")), ids=lambda file: file.stem)
def test_every_file_is_used_and_well_formed(file: Path) -> None:
    used = {row.get(key) for row in ROWS for key in ("file", "file2")}
    balance = Balance()
    balance.feed(file.read_text(encoding="utf-8"))
    assert file.relative_to(SITE).as_posix() in used
    assert (balance.stack, balance.wrong) == ([], [])


@pytest.mark.parametrize("file", sorted(SITE.glob("*/*.html")), ids=lambda file: file.stem)
def test_a_page_links_only_to_what_was_out_before_it(file: Path) -> None:
    row = next(
        row for row in ROWS if file.relative_to(SITE).as_posix() in (row.get("file"), row.get("file2"))
    )
    links = re.findall(r'<li><a href="(/[^"]+)">', file.read_text(encoding="utf-8"))
    linked = [MAP.pages[row["host"], path] for path in links if (row["host"], path) in MAP.pages]
    assert all(page.published < row["published"] for page in linked)


def test_the_six_weeks_hold_the_traps() -> None:
    pages = MAP.pages.values()
    assert len(pages) >= 30
    assert all(START.date() <= page.published.date() <= END.date() for page in pages)
    assert [page.claims > END for page in pages if page.claims] == [True]
    assert sum(b'"isAccessibleForFree": false' in page.body for page in pages) == 1
    assert sum(page.path.startswith("/members/") for page in pages) == 1
    assert sum(page.body.count(b"in the waiting room for four years") == 1 for page in pages) == 3


# --- the table -----------------------------------------------------------------------------------------

HOST = '[[host]]\nname = "a.example"\noutlet = "A"\n'
PAGE = '[[page]]\nhost = "a.example"\npath = "/p"\ntitle = "T"\npublished = 2026-01-05T10:00:00Z\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[host", "cannot read", id="no-toml"),
        pytest.param("[[hosts]]\n", "unknown tables", id="misspelt-table"),
        pytest.param('[host]\nname = "a"\n', r"write \[\[host\]\]", id="one-table-for-a-list"),
        pytest.param(HOST + 'robot = ""\n', r"host 1 \(a.example\): unknown keys", id="misspelt-key"),
        pytest.param('[[host]]\nname = "a"\n', r"missing keys \['outlet'\]", id="missing-key"),
        pytest.param(HOST + PAGE, "give a file, or a status", id="neither-file-nor-status"),
        pytest.param(HOST + PAGE + 'status = 404\nfile = "x"\n', "give a file, or a status", id="both"),
        pytest.param(HOST + PAGE + 'status = "404"\n', "must be of type int", id="wrong-type"),
        pytest.param(HOST + PAGE + "status = true\n", "must be of type int", id="a-truth-is-no-number"),
        pytest.param(HOST + PAGE + 'file = "x.html"\n', "cannot read 'x.html'", id="missing-file"),
        pytest.param(HOST + PAGE + 'file = "../x"\n', "lies outside", id="file-outside"),
        pytest.param(HOST + PAGE + "status = 404\n" + PAGE + "status = 404\n", "there twice", id="twice"),
        pytest.param(HOST + PAGE.replace("Z", "") + "status = 404\n", "needs a time zone", id="no-zone"),
        pytest.param(PAGE + "status = 404\n", "no \\[\\[host\\]\\] is named", id="unknown-host"),
        pytest.param(HOST + PAGE + 'status = 404\nfile2 = "x"\n', "go together", id="change-without-time"),
        pytest.param(
            HOST + '[[feed]]\nhost = "a.example"\npath = "/f"\nkind = "json"\nlimit = 3\n',
            "is not one of rss, atom, sitemap",
            id="unknown-kind-of-feed",
        ),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    with pytest.raises(NarrativeError, match=words):
        load_site(tmp_path)


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NarrativeError, match="cannot read") as caught:
        load_site(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)


# --- the prices ----------------------------------------------------------------------------------------


def prices() -> dict[str, dict[date, dict[str, float]]]:
    out: dict[str, dict[date, dict[str, float]]] = {}
    with (SITE / "prices-synthetic.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rest = {key: float(value) for key, value in row.items() if key not in ("symbol", "date")}
            out.setdefault(row["symbol"], {})[date.fromisoformat(row["date"])] = rest
    return out


def test_prices_cover_every_session() -> None:
    closed = {
        date(2025, 12, 25),
        date(2026, 1, 1),
        date(2026, 1, 19),
    }  # Christmas, New Year, Martin Luther King
    days = [date(2025, 12, 1) + timedelta(days=n) for n in range(75)]
    wanted = [day for day in days if day.weekday() < 5 and day not in closed]
    assert (wanted[-1], len(wanted)) == (date(2026, 2, 13), 52)
    assert {symbol: list(rows) for symbol, rows in prices().items()} == dict.fromkeys(
        ["IWM", "QQQ", "SPY"], wanted
    )


def test_prices_are_possible_days() -> None:
    rows = [row for days in prices().values() for row in days.values()]
    assert all(row["low"] <= min(row["open"], row["close"]) for row in rows)
    assert all(row["high"] >= max(row["open"], row["close"]) for row in rows)
    assert all(row["volume"] > 0 and row["dividend"] >= 0 for row in rows)


@pytest.mark.parametrize(
    ("start", "end", "sign"),
    [
        pytest.param(date(2025, 12, 31), date(2026, 1, 16), 1, id="early-January-up"),
        pytest.param(date(2026, 1, 16), date(2026, 1, 30), -1, id="late-January-down"),
        pytest.param(date(2026, 1, 30), date(2026, 2, 13), 1, id="February-up-again"),
    ],
)
def test_small_minus_mega_follows_the_story(start: date, end: date, sign: int) -> None:
    table = prices()
    small, mega = (table[symbol][end]["close"] / table[symbol][start]["close"] for symbol in ("IWM", "QQQ"))
    assert sign * (small - mega) > 0.04
