"""The command line as whole processes: help, exit codes, what is printed where, and how soon."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import ledger_rows
from tests.ledger_rows import LARGE, SMALL, day, reading
from tests.shell import RUN, Ran, narrative

COMMANDS = (
    "demo",
    "read",
    "add",
    "feeds",
    "crawl",
    "backfill",
    "merge",
    "watch",
    "reread",
    "rejudge",
    "diff-vintage",
    "export-warc",
    "status",
    "ask",
    "narratives",
    "why",
    "show",
    "voices",
    "correct",
    "digest",
    "browse",
    "factor",
    "import-views",
    "prices",
    "verify",
    "audit",
    "backup",
    "stance",
    "evaluate",
)
QUESTION = "who is bullish on small caps"
THEN = ("--as-of", "2026-01-16")
TEXT = (
    "Small caps rise\n\n"
    "“We expect small caps to lead the market this year if rates fall,” said Ann Lee, chief strategist at Harbor Lane "
    "Capital. The Russell 2000 rose 6.2% in January.\n\n"
    "Tom Ode of Kestrel Research said small caps are a trap – “not yet a bargain.”\n"
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small ledger, `narrative.db`, whose labels are given, and an article."""
    folder = tmp_path_factory.mktemp("room")
    ledger, clock = ledger_rows.ledger(folder)
    with ledger:
        ledger.keep_reading(reading(SMALL, LARGE))
        clock.advance_to(day(2))
        ledger.keep_reading(reading(SMALL, url="https://two.example/b", at=day(2), outlet="Two"))
    (folder / "story.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def view(room: Path) -> str:
    """The id of a view on small caps."""
    with sqlite3.connect(room / "narrative.db") as connection:
        (found,) = connection.execute("select id from views where target = 'small_caps' limit 1").fetchone()
    return str(found)


@pytest.fixture(scope="module")
def read_json(room: Path) -> dict[str, Any]:
    """The machine-readable reading of the article."""
    ran = narrative("read", "story.txt", "--json", cwd=room)
    assert (ran.code, ran.err) == (0, "")
    return dict(json.loads(ran.out))


def lines_too_long(ran: Ran) -> list[str]:
    return [line for line in ran.out.splitlines() if len(line) > 80]


# --- help ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example_and_fits(command: str, room: Path) -> None:
    ran = narrative(command, "--help", cwd=room)
    assert ran.code == 0
    assert re.search(rf"Examples?:\n.*\bnarrative {command}\b", ran.out, re.DOTALL)
    assert not lines_too_long(ran)


def test_help_lists_every_command(room: Path) -> None:
    ran = narrative("--help", cwd=room)
    listed = re.findall(r"^  ([\w-]+)  ", ran.out.split("Commands:")[1], re.MULTILINE)
    assert (ran.code, tuple(listed)) == (0, COMMANDS)
    assert not lines_too_long(ran)


def test_no_command_is_help(room: Path) -> None:
    assert narrative(cwd=room).out == narrative("--help", cwd=room).out


def test_version(room: Path) -> None:
    assert re.fullmatch(r"narrative, version \d+\.\d+\.\d+\n", narrative("--version", cwd=room).out)


# --- read ----------------------------------------------------------------------------------------------------

_TEXT, _SPAN = (str, type(None)), (list, type(None))
KEYS: dict[str, dict[str, Any]] = {
    "": dict.fromkeys(("schema", "model", "id", "path"), str)
    | {"url": type(None), "title": str, "published": type(None), "text": str}
    | dict.fromkeys(("mentions", "figures", "statements", "views"), list),
    "mentions": {"kind": str, "start": int, "end": int, "text": str, "key": str},
    "figures": {"id": str, "start": int, "end": int, "text": str, "value": float, "unit": str}
    | dict.fromkeys(("subject", "period", "direction"), _TEXT),
    "statements": {"id": str, "mode": str, "content": list, "cue": _SPAN, "source": _SPAN}
    | dict.fromkeys(("speaker", "title", "firm", "voice"), _TEXT)
    | {"dup": bool},
    "views": dict.fromkeys(("id", "statement", "target", "stance"), str)
    | dict.fromkeys(("bullish", "bearish", "neutral"), float)
    | {
        "abstained": bool,
        "condition": _TEXT,
        "horizon": _TEXT,
        "hedged": bool,
        "past": bool,
        "figures": list,
    },
}


@pytest.mark.parametrize("part", KEYS)
def test_the_reading_has_every_key_and_no_other(part: str, read_json: dict[str, Any]) -> None:
    rows = read_json[part] if part else [read_json]
    assert rows or part == "views"  # whether there is a view is the model's to say
    for row in rows:
        assert list(row) == list(KEYS[part])
        for key, kind in KEYS[part].items():
            assert isinstance(row[key], kind), key


def test_the_reading_s_text_is_the_file(read_json: dict[str, Any]) -> None:
    assert read_json["text"] == TEXT
    assert read_json["path"] == "story.txt"


def test_the_reading_s_spans_slice(read_json: dict[str, Any]) -> None:
    text = str(read_json["text"])
    for part in ("mentions", "figures"):
        assert all(text[row["start"] : row["end"]] == row["text"] for row in read_json[part])
    first = read_json["statements"][0]
    ((start, end),) = first["content"]
    assert text[start:end].startswith("We expect small caps")
    assert text[slice(*first["cue"])] == "said"
    assert text[slice(*first["source"])].startswith("Ann Lee")


def test_the_reading_names_who_spoke(read_json: dict[str, Any]) -> None:
    first = read_json["statements"][0]
    assert (first["mode"], first["speaker"], first["voice"]) == ("direct", "Ann Lee", "Ann Lee")
    assert first["firm"].startswith("Harbor Lane")


def test_the_reading_s_views_belong_to_its_statements(read_json: dict[str, Any]) -> None:
    ids = {row["id"] for row in read_json["statements"]}
    figures = {row["id"] for row in read_json["figures"]}
    for row in read_json["views"]:
        assert row["statement"] in ids
        assert set(row["figures"]) <= figures
        assert row["bullish"] + row["bearish"] + row["neutral"] == pytest.approx(1, abs=1e-5)


def test_windows_line_ends_and_blanks_stay_in_the_text(room: Path) -> None:
    raw = "  \r\n" + TEXT.replace("\n", "\r\n") + "\r\n  "
    (room / "windows.txt").write_bytes(raw.encode())
    found = json.loads(narrative("read", "windows.txt", "--json", cwd=room).out)
    assert found["text"] == raw
    assert found["statements"][0]["speaker"] == "Ann Lee"


def test_reading_several_files_goes_on_behind_a_bad_one(room: Path) -> None:
    ran = narrative("read", "--json", "story.txt", "missing.txt", "story.txt", cwd=room)
    assert ran.code == 1
    assert len(ran.out.splitlines()) == 2
    assert ran.err == "narrative: cannot read missing.txt: No such file or directory\n"


def test_reading_for_people_fits_the_terminal(room: Path) -> None:
    ran = narrative("read", "story.txt", cwd=room)
    assert ran.code == 0
    assert "“We expect small caps to lead" in ran.out
    assert not lines_too_long(ran)


def test_a_reader_that_goes_away_gives_no_traceback(room: Path) -> None:
    command = [*RUN, "read", *["story.txt"] * 3]
    with subprocess.Popen(command, cwd=room, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


# --- stance --------------------------------------------------------------------------------------------------


def test_stance_adds_to_each_line(room: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "We would sell small caps.", "target": "small_caps", "kept": [1]},
        {"text": "Öl wird teurer.", "target": "oil tankers"},
    ]
    sent = "\n\n".join(json.dumps(row) for row in rows).encode()
    ran = narrative("stance", cwd=room, stdin=sent)
    assert (ran.code, ran.err) == (0, "")
    for row, line in zip(rows, map(json.loads, ran.out.splitlines()), strict=True):
        assert {key: line[key] for key in row} == row
        assert set(line) - set(row) == {"stance", "bullish", "bearish", "neutral", "abstained"}
        assert line["bullish"] + line["bearish"] + line["neutral"] == pytest.approx(1, abs=1e-5)


# --- the ledger ----------------------------------------------------------------------------------------------


def test_add_keeps_an_article_once(tmp_path: Path, room: Path) -> None:
    given = ("--published", "2026-01-14", "--outlet", "The Example", "--trust-dates", "--db", "new.db")
    first = narrative("add", room / "story.txt", *given, cwd=tmp_path)
    again = narrative("add", room / "story.txt", *given, cwd=tmp_path)
    assert (first.code, first.err, again.code) == (0, "", 0)
    assert first.out.startswith(str(room / "story.txt"))
    assert again.out.endswith(
        "in the ledger already, with the date and outlet it was first given; nothing changed\n"
    )
    with sqlite3.connect(tmp_path / "new.db") as connection:
        assert connection.execute("select count(*), min(outlet) from articles").fetchone() == (
            1,
            "The Example",
        )


def test_ask_says_who_with_words_and_counts(room: Path) -> None:
    ran = narrative("ask", QUESTION, *THEN, cwd=room)
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^Ann Lee, .*Harbor Lane", ran.out, re.MULTILINE)
    assert "small caps will lead" in ran.out
    assert "1 bullish, 0 bearish, 0 neutral" in ran.out


@pytest.mark.parametrize("form", ["--json", "--csv", "--md"])
def test_ask_in_other_forms(form: str, room: Path) -> None:
    ran = narrative("ask", QUESTION, *THEN, form, cwd=room)
    assert (ran.code, ran.err) == (0, "")
    assert "Ann Lee" in ran.out
    if form == "--json":
        json.loads(ran.out)


def test_ask_before_anything_was_said(room: Path) -> None:
    ran = narrative("ask", QUESTION, "--as-of", "2025-12-31", cwd=room)
    assert (ran.code, ran.err) == (0, "")
    assert "Ann Lee" not in ran.out


def test_why_a_view(view: str, room: Path) -> None:
    ran = narrative("why", view[:8], cwd=room)
    assert (ran.code, ran.err) == (0, "")
    assert "named beside the cue" in ran.out
    assert "https://" in ran.out
    assert json.loads(narrative("why", view, "--json", cwd=room).out)


def test_why_a_figure(room: Path) -> None:
    ran = narrative("why", "rotation@2026-W03:net", "--known-at", "2026-01-17", cwd=room)
    assert (ran.code, ran.err) == (0, "")
    assert "Ann Lee" in ran.out
    assert "Tom Ode" in ran.out


def test_digest_as_a_page_and_as_text(room: Path) -> None:
    wanted = ("digest", "rotation", "--week", "2026-W03", "--as-of", "2026-01-17")
    page = narrative(*wanted, "--out", "rotation.html", cwd=room)
    text = narrative(*wanted, cwd=room)
    assert (page.code, page.err, page.out) == (0, "", "rotation.html: rotation 2026-W03\n")
    assert (room / "rotation.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert text.out.startswith("#")
    assert not list(room.glob(".*.part"))


def test_factor_as_text_and_as_a_file(room: Path) -> None:
    wanted = ("factor", "rotation", "--end", "2026-01-15", "--known-at", "2026-01-16")
    text = narrative(*wanted, cwd=room)
    file = narrative(*wanted, "--out", "rotation.csv", cwd=room)
    assert text.code == 0
    assert text.err == file.err
    assert re.fullmatch(r"root 2026-01-16:[0-9a-f]{64}\n", text.err)
    assert text.out == (room / "rotation.csv").read_text(encoding="utf-8")
    assert file.out == f"rotation.csv: {len(text.out.splitlines()) - 1} sessions\n"
    assert narrative(*wanted, "--out", "rotation.parquet", cwd=room).code == 0


def test_prices_are_kept_once(tmp_path: Path) -> None:
    (tmp_path / "iwm.csv").write_text("date,close\n2026-01-06,251.5\n2026-01-05,250\n", encoding="utf-8")
    wanted = ("prices", "iwm.csv", "--raw", "--symbol", "IWM")
    assert narrative(*wanted, cwd=tmp_path).out == "2 new of 2 rows: IWM, 2026-01-05 to 2026-01-06\n"
    assert narrative(*wanted, cwd=tmp_path).out == "0 new of 2 rows: IWM, 2026-01-05 to 2026-01-06\n"


# --- manners -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("ask", QUESTION, *THEN),
        ("ask", "who flipped on small caps", *THEN),
        ("why", "rotation@2026-W03:net", "--known-at", "2026-01-17"),
        ("why", "{view}"),
    ],
    ids=["ask", "ask-flipped", "why-figure", "why-view"],
)
def test_answers_fit_the_terminal_and_have_no_color_when_piped(
    command: tuple[str, ...], view: str, room: Path
) -> None:
    ran = narrative(*(word.replace("{view}", view) for word in command), cwd=room)
    assert ran.code == 0
    assert "\x1b" not in ran.out + ran.err
    assert not lines_too_long(ran)


def test_the_ledger_is_named_by_option_then_environment(room: Path, tmp_path: Path) -> None:
    there = {"NARRATIVE_DB": str(room / "narrative.db")}
    assert narrative("ask", QUESTION, *THEN, cwd=tmp_path, env=there).code == 0
    assert narrative("ask", QUESTION, "--db", "other.db", cwd=tmp_path, env=there).code == 2
    assert narrative("ask", QUESTION, cwd=tmp_path).code == 2


@pytest.mark.parametrize("place", ["first", "last"])
def test_debug_shows_the_traceback_and_keeps_the_exit_code(place: str, room: Path) -> None:
    words = ["ask", "flibber"]
    words.insert(0 if place == "first" else 2, "--debug")
    ran = narrative(*words, cwd=room)
    assert ran.code == 2
    assert "Traceback (most recent call last)" in ran.err
    assert ran.err.splitlines()[-1].startswith("narrative: cannot read")


@pytest.mark.parametrize(
    ("command", "limit"), [(("--help",), 0.4), (("ask", QUESTION, *THEN), 1.0)], ids=["help", "ask"]
)
def test_start_up_is_quick(command: tuple[str, ...], limit: float, room: Path) -> None:
    assert min(narrative(*command, cwd=room).seconds for _ in range(5)) < limit


def test_a_figure_without_a_closed_session_names_the_way_out(room: Path, tmp_path: Path) -> None:
    narrative("add", room / "story.txt", "--db", tmp_path / "new.db", cwd=tmp_path)
    for line in (("digest", "rotation"), ("factor", "rotation")):
        ran = narrative(*line, "--db", tmp_path / "new.db", cwd=tmp_path)
        assert ran.code == 1
        assert "holds no views" in ran.err or "--trust-dates" in ran.err
