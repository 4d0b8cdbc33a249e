"""Questions: what is understood, what is refused, who is listed, who is counted, and how it is printed."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tell_rows import HOUSE, IBARRA, LEE, NARRATIVES, NOW, OKORO, TALLY, TARGETS, TODAY, VOSS, entry, held

from narrative.errors import UsageError
from narrative.measure.horizon import horizon_end
from narrative.tell.ask import Answer, Holdings, answer
from narrative.tell.ask_data import as_document, render_csv, render_json, render_markdown
from narrative.tell.ask_text import render_text
from narrative.tell.escaping import cell, html, link, markdown, plain
from narrative.tell.question import Question, parse
from narrative.tell.shapes import day_of
from narrative.tell.understanding import understood

TABLES = [
    tomllib.loads((Path(__file__).parent / f"tables/{name}.toml").read_text(encoding="utf-8"))
    for name in ("questions", "questions_beside", "questions_plain")
]
TABLE = {kind: [row for table in TABLES for row in table[kind]] for kind in ("question", "refusal")}
NAMES = ("Ann Lee", "Harbor Pine", "Quay Street Wire", "Gold Coast Partners")
DEFAULTS = {field.name: field.default for field in fields(Question)}
DEFAULTS |= {"kind": "stance", "legs": (("small_caps", 1),)}
ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x9b2J\u202eevil\u2066\u200b\x00"


def ask(question: str) -> Question:
    return parse(question, TODAY, TARGETS, narratives=NARRATIVES, names=NAMES)


def expected(row: dict[str, Any]) -> dict[str, Any]:
    wanted = {key: value for key, value in row.items() if key not in ("ask", "reason", "targets", "signs")}
    everything = [target.id for target in TARGETS] if row.get("everywhere") else ["small_caps"]
    targets = row.get("targets", everything)
    wanted["legs"] = tuple(zip(targets, row.get("signs", [1] * len(targets)), strict=True))
    wanted.setdefault("sides", [])
    for key in ("since", "until", "as_of", "known_at"):
        if key in wanted:
            wanted[key] = date.fromisoformat(wanted[key])
    if "repaired" in wanted:
        wanted["repaired"] = tuple(map(tuple, wanted["repaired"]))
    return DEFAULTS | wanted


# --- the grammar -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE["question"], ids=lambda row: row["ask"])
def test_a_phrasing_is_understood(row: dict[str, Any]) -> None:
    made = ask(row["ask"])
    wanted = expected(row)
    compared = [name for name in wanted if name not in ("text", "subject")]
    got = {name: getattr(made, name) for name in compared}
    got["sides"] = [name for name, _ in made.sides]
    got["horizon"] = None if made.horizon is None else str(made.horizon)
    assert got == {name: wanted[name] for name in compared}


@pytest.mark.parametrize("row", TABLE["refusal"], ids=lambda row: row["ask"] or "empty")
def test_what_is_not_understood_is_refused_with_what_would_be(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        ask(row["ask"])
    message = str(refused.value)
    assert row["says"].lower() in message.lower()
    assert "\n" not in message
    suggested = re.findall(r'try "(.*)"$', message)
    assert suggested, "the nearest questions are offered"
    for question in suggested[0].split('", or "'):
        ask(question)


def test_every_phrasing_stands_once_with_its_reason() -> None:
    rows = [*TABLE["question"], *TABLE["refusal"]]
    assert len({row["ask"] for row in rows}) == len(rows)
    assert all(row["reason"] for row in rows)
    assert len(TABLE["question"]) >= 300
    assert len(TABLE["refusal"]) >= 60


@pytest.mark.parametrize("target", list(TARGETS), ids=lambda target: target.id)
def test_every_name_of_a_target_can_be_asked_about(target: Any) -> None:
    for name in (target.name, target.id, *target.aliases, *target.members, *target.tickers):
        name = name.replace(" ~", "")
        assert len(ask(f"who is bullish on {name}").targets) == 1, name
    assert ask(f"who is bullish on {target.name}").targets == (target.id,)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused_in_one_line(text: str) -> None:
    try:
        said = understood(ask(text))
    except UsageError as refused:
        said = str(refused)
    assert plain(said) == said


READINGS = [
    (
        "who is bullish on IWM",
        'voices now bullish on small caps ("IWM")',
        "the words taken for a target are shown",
    ),
    (
        "who was bearish on gold in 2025",
        "voices that were bearish at any time on gold, dated 2025-01-01 to 2025-12-31",
        "past",
    ),
    ("who is bulish on gold", 'voices now bullish on gold (read "bulish" as "bullish")', "a repair is said"),
    (
        "how has sentiment on oil changed",
        "how the net of voices on oil changed, over the last 28 days",
        "default",
    ),
    (
        "who is bullish on a recession",
        "voices now bullish on recession (the contrary of a soft landing of the economy)",
        "the contrary is said",
    ),
    (
        "who is bullish on the rotation",
        "voices now bullish on the narrative rotation (+small_caps, -mega_cap_tech)",
        "a narrative shows its legs",
    ),
]


@pytest.mark.parametrize(("question", "reading", "reason"), READINGS, ids=[row[0] for row in READINGS])
def test_the_reading_is_said(question: str, reading: str, reason: str) -> None:
    assert understood(ask(question)) == reading, reason


def test_two_repairs_that_mean_two_things_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot read"):
        ask("who is bullish on smell or samll cops")


# --- the selection ---------------------------------------------------------------------------------------

lee = entry(LEE, "bullish", "2026-01-06", "Small caps will lead this year", condition="rates fall in March")
okoro_then = entry(OKORO, "bullish", "2026-01-05", "We have added to small caps")
okoro_now = entry(
    OKORO, "bearish", "2026-01-14", "The rally has run ahead of the balance sheets", hedged=True
)
voss_then = entry(VOSS, "bearish", "2025-12-10", "Small companies cannot carry their debt")
voss_now = entry(VOSS, "bearish", "2026-01-15", "Nothing has changed for small companies", reach=3)
ibarra = entry(IBARRA, "neutral", "2026-01-13", "It is a coin toss")
house = entry(HOUSE, "bullish", "2026-01-16", "Earnings revisions favor the bottom of the market")
old = entry("Petra Holm, analyst, Coldharbour", "bullish", "2025-08-01", "The discount is too wide")
crowd = entry(None, "bullish", "2026-01-12", "Small caps have further to go", title="strategists")

STANDINGS = [
    held(lee),
    held(okoro_then, okoro_now),
    held(voss_then, voss_now),
    held(ibarra),
    held(house),
    held(old, expired=True),
]
ENTRIES = [lee, okoro_then, okoro_now, voss_then, voss_now, ibarra, house, old, crowd]


def ends(row: Any) -> date | None:
    return horizon_end(row.horizon, day_of(row))


def answered(question: str, **changes: Any) -> Answer:
    given_: dict[str, Any] = {
        "standings": STANDINGS,
        "not_counted": [(crowd, "unnamed source")],
        "entries": ENTRIES,
        "tally": TALLY,
        "ends": ends,
        "targets": TARGETS,
        "at": NOW,
        "holdings": lambda: Holdings(12),
    }
    return answer(ask(question), **(given_ | changes))


WHO = [
    ("who is bullish on small caps", "Northmoor Securities|Ann Lee|Petra Holm", "newest first, expired last"),
    ("who is bearish on small caps", "Marta Voss|Daniel Okoro", "the other camp"),
    ("who is neutral on small caps", "Luis Ibarra", "neutral is a stance"),
    (
        "what is the sentiment on small caps",
        "Northmoor Securities|Marta Voss|Daniel Okoro|Luis Ibarra|Ann Lee|Petra Holm",
        "every camp",
    ),
    ("who was bullish on small caps", "Northmoor Securities|Ann Lee|Daniel Okoro|Petra Holm", "at any time"),
    ("who was bullish on small caps in 2025", "Petra Holm", "in a window"),
    ("who turned bearish on small caps", "Daniel Okoro", "turned, not born so"),
    ("who turned bullish on small caps", "", "nobody did"),
    ("who stays bearish on small caps", "Marta Voss", "said twice"),
    ("who is newly bullish on small caps", "Northmoor Securities|Ann Lee", "first word"),
    ("who flipped on small caps", "Daniel Okoro", "a change of label"),
    ("who flipped from bearish to bullish on small caps", "", "the other way"),
    ("who flipped on small caps in 2025", "", "not in that window"),
    ("who is bullish on small caps since 2026-01-10", "Northmoor Securities", "dated in the window"),
    ("who is unconditionally bullish on small caps", "Northmoor Securities|Petra Holm", "no condition"),
    ("which firms are bullish on small caps", "Northmoor Securities", "houses"),
    ("who at Harbor Pine is bullish on small caps", "Ann Lee", "a speaker's firm"),
    ("who at Northmoor is bullish on small caps", "Northmoor Securities", "a house by part of its name"),
    ("is Okoro bearish on small caps", "Daniel Okoro", "a surname"),
    ("is Ann Lee bearish on small caps", "", "no"),
    ("what did Okoro say about small caps", "Daniel Okoro|Daniel Okoro", "all its words"),
    ("who is bullish on small caps according to Ledger Post", "", "another outlet"),
    ("who is bullish on small caps with confidence above 95%", "", "too sure"),
    ("who is bullish on the rotation", "Northmoor Securities|Ann Lee|Petra Holm", "a narrative's long leg"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "voices", "reason"), WHO, ids=[row[0] for row in WHO])
def test_who_is_listed(question: str, voices: str, reason: str) -> None:
    assert "|".join(row.entry.voice_name for row in answered(question).rows) == voices, reason


def test_both_camps_are_counted_and_the_expired_are_not() -> None:
    counts = answered("who is bullish on small caps").counts
    assert (counts.bullish, counts.bearish, counts.neutral, counts.expired, counts.voices) == (2, 2, 1, 1, 5)
    assert counts.net == pytest.approx((0.86 + 0.86 - 0.83 - 0.83 - 0.02) / 5)


def test_what_is_listed_is_what_was_counted() -> None:
    made = answered("what is the sentiment on small caps")
    standing = [row for row in made.rows if row.state != "expired"]
    assert len(standing) == made.counts.voices


def test_a_voice_with_both_legs_is_in_one_camp() -> None:
    other = entry(
        LEE, "bullish", "2026-01-07", "Megacaps will do even better", target="mega_cap_tech", bullish=0.99
    )
    made = answered("who is bullish on the rotation", standings=[held(lee), held(other)])
    assert (made.counts.voices, made.counts.bullish, made.counts.bearish) == (1, 0, 1)
    assert made.rows == ()


def test_the_contrary_of_a_target_turns_the_camps() -> None:
    calm = held(entry(LEE, "bearish", "2026-01-06", "No soft landing this time", target="soft_landing"))
    made = answered("who is bullish on a recession", standings=[calm], entries=[calm.entry], not_counted=[])
    assert (made.counts.bullish, len(made.rows)) == (1, 1)


def test_a_change_sets_the_camps_against_those_before_it() -> None:
    made = answered("how has sentiment on small caps changed", before=[held(okoro_then), held(voss_then)])
    assert (made.before.bullish, made.before.bearish) == (1, 1) if made.before else False
    moved = {row.entry.voice_name: row.was for row in made.rows}
    assert moved["Daniel Okoro"] == "bullish"
    assert "Marta Voss" not in moved
    assert "Change of net" in render_text(made)


def test_the_days_to_take_standings_at() -> None:
    assert ask("who was bullish on gold in 2025").state_day(TODAY) == date(2025, 12, 31)
    assert ask("who is bullish on gold this year").state_day(TODAY) is None
    assert ask("who is bullish on gold as of 2026-01-05").state_day(TODAY) == date(2026, 1, 5)
    assert ask("how has sentiment on gold changed").compared_day(TODAY) == date(2025, 12, 21)
    assert ask("how has sentiment on gold changed since 2026-01-05").compared_day(TODAY) == date(2026, 1, 4)


EMPTY = [
    ("who is bullish on gold", ("12 articles", "0 views on gold", "small caps (9)"), "nothing on the target"),
    ("what did Anne Leigh say about small caps", ("No voice", "near: Ann Lee"), "a name nobody has"),
    ("who at Coldharber is bullish on small caps", ("No firm", "near: Coldharbour"), "a firm nobody has"),
    ("who turned bullish on small caps", ("Nobody fits", "9 views on small caps"), "views, but none fits"),
]


@pytest.mark.parametrize(("question", "says", "reason"), EMPTY, ids=[row[0] for row in EMPTY])
def test_an_empty_answer_says_what_there_is(question: str, says: tuple[str, ...], reason: str) -> None:
    note = answered(question).note or ""
    assert all(part in note for part in says), (note, reason)


def test_what_is_not_counted_stands_beside_its_camp_only() -> None:
    assert len(answered("who is bullish on small caps").not_counted) == 1
    assert answered("who is bearish on small caps").not_counted == ()


# --- the printing ----------------------------------------------------------------------------------------


def test_the_terminal_answer_reads_like_this() -> None:
    text = render_text(answered("who is bullish on small caps"), limit=2)
    assert text == (
        "Understood as: voices now bullish on small caps.\n"
        "\n"
        "small caps: 2 bullish, 2 bearish, 1 neutral; net +0.01 of 5 voices; 1 expired\n"
        "  net is the stock: each voice's latest standing view, mean of p(bullish) −\n"
        "    p(bearish), at 2026-01-18 21:00 UTC\n"
        "\n"
        "Northmoor Securities                                           bullish 0.90  new\n"
        "  “Earnings revisions favor the bottom of the market”\n"
        f"  16 Jan 2026 · Quay Street Wire · stands to 18 Apr 2026 · view {house.view[:6]}\n"
        "\n"
        "Ann Lee, chief strategist, Harbor Pine                         bullish 0.90  new\n"
        "  “Small caps will lead this year”\n"
        "  if rates fall in March\n"
        f"  6 Jan 2026 · Quay Street Wire · stands to 8 Apr 2026 · view {lee.view[:6]}\n"
        "\n"
        "1 more; raise --limit to see them\n"
        "\n"
        "Not counted: 1 view\n"
        "  strategists, bullish: “Small caps have further to go”\n"
        f"    unnamed source · 12 Jan 2026 · Quay Street Wire · view {crowd.view[:6]}\n"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = render_text(answered("what is the sentiment on small caps"), width=width)
    assert max(map(len, text.splitlines())) <= width


def test_color_only_when_asked_for() -> None:
    made = answered("who is bullish on small caps")
    assert "\x1b" not in render_text(made)
    assert re.sub(r"\x1b\[[\d;]*m", "", render_text(made, color=True)) == render_text(made)


def test_json_has_the_keys_it_promises() -> None:
    document = json.loads(render_json(answered("who is bullish on small caps")))
    assert {"question", "understood", "as_of", "known_at", "counts", "net", "voices", "not_counted"} <= set(
        document
    )
    promised = (
        "voice kind speaker title firm target stance words condition horizon hedged state date outlet url"
    )
    promised += " title_of_page confidence bullish bearish neutral view reach in_sample backfilled"
    assert set(promised.split()) <= set(document["voices"][0])
    assert document["voices"][1]["firm"] == "Harbor Pine"
    assert document["not_counted"][0]["reason"] == "unnamed source"


def test_csv_and_json_tell_the_same() -> None:
    made = answered("what is the sentiment on small caps")
    rows = list(csv.DictReader(io.StringIO(render_csv(made))))
    document = as_document(made)
    assert [row["view"] for row in rows] == [v["view"] for v in document["voices"] + document["not_counted"]]
    assert [row["counted"] for row in rows] == ["true"] * 5 + ["false"] * 2


def test_markdown_names_every_voice_and_view() -> None:
    made = answered("what is the sentiment on small caps")
    text = render_markdown(made)
    for row in made.rows:
        assert row.entry.voice_name in text
        assert row.entry.view[:6] in text


def test_short_ids_of_the_ledger_are_used() -> None:
    short = {house.view: "abcd"}
    assert "view abcd" in render_text(answered("who is bullish on small caps"), short=short)


# --- hostile text ----------------------------------------------------------------------------------------


def hostile(words: str) -> Answer:
    bad = entry(LEE, "bullish", "2026-01-06", words, outlet=words, title=words, url="javascript:alert(1)")
    return answered("who is bullish on small caps", standings=[held(bad)], entries=[bad])


def test_a_terminal_is_not_commanded() -> None:
    made = hostile(ESCAPES)
    for printed in (render_text(made), render_json(made), render_csv(made), render_markdown(made)):
        assert all(letter.isprintable() or letter == "\n" for letter in printed)


def test_json_keeps_what_it_escapes() -> None:
    assert json.loads(render_json(hostile(ESCAPES)))["voices"][0]["words"] == ESCAPES


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\ufeff=1", "＝1"])
def test_a_spreadsheet_is_not_commanded(formula: str) -> None:
    rows = list(csv.reader(io.StringIO(render_csv(hostile(formula)))))
    assert not any(value.startswith(("=", "+", "@", "＝", "\t")) for value in rows[1])
    assert not any(re.match(r"-\D|-\d+$", value) for value in rows[1])


ESCAPED = [
    (html, "<script>alert('x')</script>", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;", "a script"),
    (html, 'a" onload="x', "a&quot; onload=&quot;x", "an attribute"),
    (markdown, "[x](javascript:y)", r"\[x\](javascript:y)", "a link"),
    (markdown, "<img src=x>", "&lt;img src=x&gt;", "raw HTML"),
    (markdown, "# head", r"\# head", "a heading"),
    (markdown, "1. one", r"1\. one", "a list"),
    (markdown, "a | b `c` *d*", r"a \| b \`c\` \*d\*", "table, code, emphasis"),
    (plain, "a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\", "ab", "a terminal link"),
    (plain, "one\r\ntwo\u2028three", "one two three", "line breaks of all kinds"),
    (plain, "caf\u00e9 “quoted” — fine", "caf\u00e9 “quoted” — fine", "visible text stays"),
    (cell, "=HYPERLINK(1)", "'=HYPERLINK(1)", "a formula"),
    (cell, -0.5, "-0.5", "a number stays a number"),
    (cell, None, "", "nothing"),
    (link, "javascript:alert(1)", None, "a script as an address"),
    (link, "https://a.example/x?z='\"<>)", "https://a.example/x?z=%27%22%3C%3E%29", "quotes in an address"),
    (link, "https://[", None, "no address at all"),
]  # fmt: skip


@pytest.mark.parametrize(("escape", "text", "safe", "reason"), ESCAPED, ids=[row[3] for row in ESCAPED])
def test_escaping(escape: Any, text: Any, safe: Any, reason: str) -> None:
    assert escape(text) == safe, reason


@given(st.text())
def test_plain_text_is_printable_and_stays_so(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", once)


def test_the_answer_path_imports_nothing_heavy() -> None:
    heavy = {"spacy", "torch", "onnxruntime", "transformers", "matplotlib", "numpy", "pandas", "sqlite_utils"}
    rooms = [
        "ask",
        "ask_text",
        "ask_data",
        "question",
        "why",
        "figures",
        "digest",
        "digest_html",
        "digest_markdown",
        "charts",
    ]
    code = "import sys\n" + "".join(f"import narrative.tell.{room}\n" for room in rooms)
    code += f"print(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
