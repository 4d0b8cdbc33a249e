"""The digest in a real browser: on a phone and a desk, light and dark, nothing asked for, nothing serious for axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from tell_rows import Crawl, entry, held, point
from test_digest import BEFORE, HOSTILE, POINTS, ROWS_HOSTILE, made

from narrative.tell.digest import Digest
from narrative.tell.digest_html import render_html
from tests.browser import CHROMIUM, Browser, chromium

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

YEAR = [
    point(f"2025-W{n:02}", (n % 9) / 10 - 0.4, (n % 5, n % 4, 2), spread_return=0.01, spread_level=n / 300)
    for n in range(1, 53)
]
CROWD = [
    held(
        entry(
            f"Voice {n}, strategist of everything, Firm {n}",
            ("bullish", "bearish", "neutral")[n % 3],
            f"2026-01-{5 + n % 12:02}",
            "We think that this goes on for longer than most people believe " * 5,
            reach=1 + n % 3,
        )
    )
    for n in range(200)
]
LONG = "unbreakable" * 40


def pages() -> dict[str, Digest]:
    long = replace(CROWD[0].entry, voice_name=LONG, words=LONG, outlet=LONG, condition=LONG)
    return {
        "plain": made(banners=("Simulated dates.",)),
        "full": made(standings=CROWD, before=[], points=[*YEAR, *POINTS[1:]]),
        "quiet": made(standings=BEFORE, spread=""),
        "deaf": made(standings=[], before=[], coverage=Crawl(polls_ok=0, polls_failed=9)),
        "hostile": made(standings=[*ROWS_HOSTILE, held(long)], banners=(HOSTILE, LONG)),
    }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files."""
    folder = tmp_path_factory.mktemp("pages")
    for name, some in pages().items():
        (folder / f"{name}.html").write_text(render_html(some), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages()}


AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """
axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical', 'moderate'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 120)).join(' | ')))
"""
CHARTS = """
[...document.querySelectorAll('svg')].map(svg => ({
  kind: svg.getAttribute('class'), box: svg.getBoundingClientRect().toJSON(),
  marks: svg.querySelectorAll('polyline, polygon, circle, rect').length,
  outside: [...svg.querySelectorAll('text, circle, rect')].filter(mark => {
    const a = mark.getBoundingClientRect(), b = svg.getBoundingClientRect();
    return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
  }).map(mark => mark.textContent),
  alt: svg.getAttribute('role') == 'img' && svg.getAttribute('aria-labelledby').split(' ')
    .every(id => document.getElementById(id).textContent.length > 10),
}))
"""
WIDTHS = (360, 1280)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_axe_finds_nothing(
    browser: Browser, written: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    browser.show(written[name], width=width, dark=dark)
    browser.run("document.querySelectorAll('details').forEach(part => part.open = true)")
    browser.run(AXE + "; 0")
    assert browser.run(RUN_AXE) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_asks_and_says_nothing_and_fits(
    browser: Browser, written: dict[str, Path], name: str, width: int
) -> None:
    browser.show(written[name], width=width)
    assert browser.asked == [written[name].as_uri()]
    assert (browser.printed, browser.thrown) == ([], [])
    assert browser.run("document.documentElement.scrollWidth") <= width, "it need not be moved sideways"
    assert browser.run("document.querySelectorAll('script, img, iframe, object, link').length") == 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["plain", "full", "quiet"])
def test_the_charts_are_seen(browser: Browser, written: dict[str, Path], name: str, width: int) -> None:
    browser.show(written[name], width=width)
    charts = browser.run(CHARTS)
    seen = [chart for chart in charts if chart["box"]["width"]]
    assert [chart["kind"] for chart in seen] == ["narrow" if width == 360 else "wide"] * 2
    for chart in seen:
        assert chart["box"]["height"] > 150
        assert chart["box"]["right"] <= width
        assert chart["marks"] > 3
        assert chart["outside"] == []
        assert chart["alt"]


def test_dark_is_dark_and_print_is_not(browser: Browser, written: dict[str, Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    browser.show(written["plain"], width=1280)
    light = browser.run(ground)
    browser.show(written["plain"], width=1280, dark=True)
    assert browser.run(ground) == "rgb(20, 23, 26)" != light
    browser.call("Emulation.setEmulatedMedia", media="print", features=[])
    assert browser.run(ground) == "rgb(255, 255, 255)"
    assert browser.print().startswith(b"%PDF")


def test_the_browser_would_have_told(browser: Browser, tmp_path: Path) -> None:
    """What the tests above find nothing of is found where it is."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<html><body style='width:2000px'><img src='http://host.example/a.png'>"
        "<p style='color:#eee;background:#fff'>pale words</p>"
        "<script>console.error('said'); throw new Error('thrown')</script>",
        encoding="utf-8",
    )
    browser.show(bad, width=360)
    assert "http://host.example/a.png" in browser.asked
    assert browser.printed
    assert browser.thrown
    browser.run(AXE + "; 0")
    found = " ".join(browser.run(RUN_AXE))
    assert "image-alt" in found
    assert "color-contrast" in found
