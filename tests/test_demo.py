"""The demo as a newcomer runs it: once, twice, behind a dead proxy, and its digest in a real browser."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests import web
from tests.shell import Ran, narrative

NOWHERE = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
STAGES = ("polled", "fetched", "refused", "read", "statements", "views")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the demo to write in."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(room: Path) -> Ran:
    """The first run, with proxy variables that point nowhere."""
    return narrative("demo", "--out", "out", cwd=room, env=PROXIES)


@pytest.fixture(scope="module")
def digest(room: Path, first: Ran) -> Path:
    """The digest that the first run wrote."""
    assert first.code == 0
    (page,) = (room / "out").glob("rotation-2026-W*.html")
    return page


def rows(database: Path) -> dict[str, int]:
    with sqlite3.connect(database) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        counts = {
            name: connection.execute(f"select count(*) from [{name}]").fetchone()[0] for (name,) in tables
        }
    connection.close()
    return counts


def count(out: str, stage: str) -> int:
    found = re.search(rf"^{stage} +(\d+)", out, re.MULTILINE)
    assert found, stage
    return int(found[1])


# --- the runs ------------------------------------------------------------------------------------------------


def test_the_demo_works_behind_a_dead_proxy_and_soon(first: Ran) -> None:
    assert (first.code, first.err) == (0, "")
    assert first.seconds < 30


def test_the_demo_says_that_its_dates_are_simulated(first: Ran) -> None:
    assert "simulated dates" in first.out
    assert "invented" in first.out


@pytest.mark.parametrize("stage", STAGES)
def test_the_demo_tells_every_stage_in_a_line(stage: str, first: Ran) -> None:
    assert count(first.out, stage) > 0


def test_the_demo_answers_its_question(first: Ran) -> None:
    assert "Understood as: voices now bullish on small caps" in first.out
    assert re.search(r"^small caps: \d+ bullish, \d+ bearish, \d+ neutral", first.out, re.MULTILINE)


def test_the_demo_writes_ledger_digest_and_factor(first: Ran, room: Path, digest: Path) -> None:
    for word, name in (
        ("digest", digest.name),
        ("factor", "rotation-factor.csv"),
        ("ledger", "narrative.db"),
    ):
        assert re.search(rf"^{word} +{re.escape(str(Path('out', name)))}\b", first.out, re.MULTILINE)
        assert (room / "out" / name).stat().st_size > 1000
    with (room / "out" / "rotation-factor.csv").open(encoding="utf-8", newline="") as file:
        sessions = [row["date"] for row in csv.DictReader(file)]
    assert sessions == sorted(set(sessions))
    assert len(sessions) > 20


def test_the_demo_s_next_commands_work(first: Ran, room: Path) -> None:
    steps = re.findall(r"^  narrative (.+)$", first.out.split("Next:")[1], re.MULTILINE)
    assert len(steps) == 3
    for step in steps:
        words = [plain or quoted for quoted, plain in re.findall(r'"([^"]+)"|(\S+)', step)]
        ran = narrative(*words, cwd=room)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out


def test_the_ledger_holds_what_the_summary_said(first: Ran, room: Path, digest: Path) -> None:
    held = rows(room / "out" / "narrative.db")
    assert held["polls"] == count(first.out, "polled")
    assert held["views"] == count(first.out, "views")
    assert held["prices"] > 100


def test_a_second_run_adds_a_poll_and_its_questions_only(first: Ran, room: Path, digest: Path) -> None:
    before = rows(room / "out" / "narrative.db")
    second = narrative("demo", "--out", "out", cwd=room)
    after = rows(room / "out" / "narrative.db")
    assert (second.code, second.err) == (0, "")
    # Pages of the last three days are asked whether they changed; they say that they did not. One more day is closed.
    assert {name for name in after if after[name] != before[name]} == {"polls", "fetches", "day_roots"}
    looked = re.search(r"^fetched +0 pages, (\d+) unchanged", second.out, re.MULTILINE)
    assert looked
    assert after["fetches"] - before["fetches"] == int(looked[1])
    assert after["polls"] == before["polls"] + count(second.out, "polled")


# --- the digest in a browser ---------------------------------------------------------------------------------

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the PATH")
HEADLESS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr")
SILENT = (  # what the browser itself would ask the network
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-features=NetworkTimeServiceQuerying",
    "--disable-sync",
)
PROBE = """<script>
const charts = [...document.querySelectorAll('svg')].map(svg => {
  const box = svg.getBoundingClientRect();
  const drawn = [...svg.querySelectorAll('path, line, rect, circle, polyline')]
    .filter(shape => { const b = shape.getBoundingClientRect(); return b.width + b.height > 0; });
  return {width: box.width, height: box.height, drawn: drawn.length};
});
document.documentElement.setAttribute('data-charts', JSON.stringify(charts));
</script>"""


def browse(page: Path, profile: Path, proxy: str = NOWHERE) -> tuple[str, list[str]]:
    """Open a file in headless Chromium; return the page as it stands and the lines of its console."""
    assert CHROMIUM is not None
    place = [f"--user-data-dir={profile}", f"--proxy-server={proxy}", "--proxy-bypass-list=<-loopback>"]
    shape = ["--window-size=1000,1400", "--virtual-time-budget=3000", "--dump-dom"]
    ended = subprocess.run(
        [CHROMIUM, *HEADLESS, *SILENT, *place, *shape, page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    return ended.stdout, [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


@needs_chromium
def test_the_digest_opens_in_a_browser_and_asks_nobody(digest: Path, tmp_path: Path) -> None:
    with web.serving() as everybody:
        shown, console = browse(digest, tmp_path / "profile", everybody.url("").rstrip("/"))
        asked = [f"{row.host}{row.path}" for row in everybody.asked]
    assert "<svg" in shown
    assert console == []
    assert asked == []


@needs_chromium
def test_the_browser_would_have_told(tmp_path: Path) -> None:
    page = tmp_path / "loud.html"
    page.write_text(
        "<script>console.error('oh')</script><img src='http://a.example/b.png'>", encoding="utf-8"
    )
    with web.serving() as everybody:
        _, console = browse(page, tmp_path / "profile", everybody.url("").rstrip("/"))
        asked = [row.path for row in everybody.asked]
    assert any("oh" in line for line in console)
    assert "http://a.example/b.png" in asked


@needs_chromium
def test_the_digest_s_chart_can_be_seen(digest: Path, tmp_path: Path) -> None:
    page = re.sub(r"<meta http-equiv=.Content-Security-Policy.[^>]*>", "", digest.read_text(encoding="utf-8"))
    (tmp_path / "probed.html").write_text(page.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    shown, console = browse(tmp_path / "probed.html", tmp_path / "profile")
    assert console == []
    found = re.search(r'data-charts="([^"]*)"', shown)
    assert found
    charts = json.loads(found[1].replace("&quot;", '"'))
    seen = [chart for chart in charts if chart["width"] > 600 and chart["height"] > 200]
    assert len(seen) == 2, "net with camps and spread, and the voices"
    assert seen[0]["drawn"] > 20


def test_the_digest_loads_nothing(digest: Path) -> None:
    page = digest.read_text(encoding="utf-8")
    assert not re.findall(r"<script|<link|<iframe|<img[^>]+src=.https?:|@import|url\(\s*['\"]?https?:", page)
