"""The release gate of a stance model: what must move its answers, what must not, and what it knows beyond the words alone.

Each test measures one kind of change over a table and asks for a share of right answers, so that new weights that lose one
kind while they gain on the whole are seen. Where the share is under its aim, the aim stands beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.bundled import bundled
from narrative.read.encoder import Judged, Pair, Reader
from narrative.read.stance import likeliest
from narrative.targets import STOCK, Targets
from narrative.terms import Span

TABLE = tomllib.loads((Path(__file__).parent / "tables" / "robustness.toml").read_text(encoding="utf-8"))
#: fillers of {A} and {B}; the first pair is that of the rotation
FILLERS = (
    ("small caps", "mega-cap tech stocks"),
    ("value stocks", "growth stocks"),
    ("banks", "utilities"),
    ("energy stocks", "small caps"),
    ("mid caps", "large caps"),
    ("emerging-market stocks", "health-care stocks"),
)
VOICE = "strategist, bank"  # the reader always tells the model who speaks
FIRMS = ("Citi", "UBS", "Jefferies", "BTIG", "Wells Fargo")


def filled(template: str, pair: tuple[str, str]) -> str:
    text = template.replace("{A}", pair[0]).replace("{B}", pair[1])
    return text[0].upper() + text[1:]


def asked(text: str, words: str, targets: Targets, said: str | None = None) -> Pair:
    """The question of one target in a text, the whole of it said unless a part is given."""
    start = text.index(said) if said else 0
    span = Span(start, start + len(said or text))
    named = tuple(Span(*m.span()) for m in re.finditer(re.escape(words), text, re.IGNORECASE))
    known = targets.resolve(words)
    return Pair(known.name if known else words, text, (span,), named, VOICE)


def stance(judged: Judged, reader: Reader) -> str:
    return likeliest(judged[:3], reader)[0]


def rows(group: str) -> Iterator[tuple[dict[str, Any], tuple[str, str], str, str]]:
    """Each row of a group under each pair of fillers, once a leg: row, fillers, words of the leg, its stance."""
    for row in TABLE[group]:
        for pair in FILLERS:
            for leg, words in zip("AB", pair, strict=True):
                if leg in row:
                    yield row, pair, words, row[leg]


def share(results: list[bool]) -> float:
    assert len(results) >= 25
    return sum(results) / len(results)


# --- what must move the answer ---------------------------------------------------------------------------------


def test_plain_views_are_read(reader: Reader, targets: Targets) -> None:
    right = [
        stance(reader.judge(asked(filled(row["text"], pair), words, targets)), reader) == label
        for row, pair, words, label in rows("plain")
    ]
    assert share(right) >= 0.84  # aim: .95


def test_two_targets_that_trade_places_trade_stances(reader: Reader, targets: Targets) -> None:
    """A model that reads the words and not the names gives the same answer for the same role."""
    same = []
    for row, pair, words, _ in rows("plain"):
        other = pair[1] if words == pair[0] else pair[0]
        one = reader.judge(asked(filled(row["text"], pair), words, targets))
        two = reader.judge(asked(filled(row["text"], (pair[1], pair[0])), other, targets))
        same.append(stance(one, reader) == stance(two, reader))
    assert share(same) >= 0.9


def test_a_denial_turns_a_view(reader: Reader, targets: Targets) -> None:
    right = []
    for row, pair, words, label in rows("negation"):
        said = stance(reader.judge(asked(filled(row["text"], pair), words, targets)), reader)
        denied = stance(reader.judge(asked(filled(row["denied"], pair), words, targets)), reader)
        right.append(said == label and denied != label)
    assert share(right) >= 0.64  # aim: .85


# --- what must not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "key", "floor"), [("hedge", "hedged", 0.79), ("paraphrase", "other", 0.72)]
)
def test_a_hedge_or_another_wording_keeps_the_direction(
    group: str, key: str, floor: float, reader: Reader, targets: Targets
) -> None:
    right = [
        stance(reader.judge(asked(filled(row[key], pair), words, targets)), reader) == label
        for row, pair, words, label in rows(group)
    ]
    assert share(right) >= floor


def straight(text: str) -> str:
    return f'"{text}," said Ann Lee of Harbor Pine.'


def curly(text: str) -> str:
    return f"“{text},” said Ann Lee of Harbor Pine."


def british(text: str) -> str:
    return f"‘{text},’ said Ann Lee of Harbor Pine."


def indirect(text: str) -> str:
    return f"Ann Lee of Harbor Pine said that {text[0].lower()}{text[1:]}."


@pytest.mark.parametrize("change", [straight, british, indirect], ids=lambda change: change.__name__)
def test_marks_and_frames_do_not_move_it(
    change: Callable[[str], str], reader: Reader, targets: Targets
) -> None:
    same = []
    for row, pair, words, _ in rows("plain"):
        text = filled(row["text"], pair)
        said = text if change is not indirect else f"{text[0].lower()}{text[1:]}"
        one = reader.judge(asked(curly(text), words, targets, text))
        two = reader.judge(asked(change(text), words, targets, said))
        same.append(stance(one, reader) == stance(two, reader))
    assert share(same) >= 0.88  # aim: .95


@pytest.mark.parametrize("change", [str.upper, str.title, str.lower], ids=lambda change: change.__name__)
def test_case_does_not_move_it(change: Callable[[str], str], reader: Reader, targets: Targets) -> None:
    same = []
    for row, pair, words, _ in rows("plain"):
        text = filled(row["text"], pair)
        one = reader.judge(asked(text, words, targets))
        two = reader.judge(asked(change(text), words, targets))
        same.append(stance(one, reader) == stance(two, reader))
    assert share(same) >= 0.97


def test_who_says_it_does_not_move_it(reader: Reader, targets: Targets) -> None:
    """Another house, and a masked one: a name that is known for its bulls must not make a bull."""
    same = []
    for row, pair, words, _ in rows("plain"):
        text = filled(row["text"], pair)
        answers = {
            stance(reader.judge(asked(f"“{text},” wrote analysts at {firm}.", words, targets, text)), reader)
            for firm in ("Citi", "Harbor Pine", "X", "Wells Fargo")
        }
        same.append(len(answers) == 1)
    assert share(same) >= 0.94  # aim: .95


def test_the_house_that_speaks_is_not_judged(reader: Reader, targets: Targets) -> None:
    kept_out = []
    for row, pair, _, _ in rows("plain"):
        text = filled(row["text"], pair)
        for firm in FIRMS:
            judged = reader.judge(asked(f"“{text},” wrote strategists at {firm}.", firm, targets, text))
            kept_out.append(judged.judged < reader.view_above)
    assert share(kept_out) >= 0.95


def test_a_target_that_nobody_speaks_of_is_not_judged(reader: Reader, targets: Targets) -> None:
    kept_out = []
    for row, pair, _, _ in rows("plain"):
        text = filled(row["text"], pair)
        kept_out += [
            reader.judge(asked(text, words, targets)).judged < reader.view_above
            for words in ("gold", "biotech stocks", "cash", f"{STOCK}Boeing")
        ]
    assert (
        share(kept_out) >= 0.67
    )  # aim: .95; the reader asks about such a target only when the model names it itself


# --- against a model that cannot see the target -----------------------------------------------------------------


def test_the_target_is_worth_ten_points() -> None:
    """Trained the same way without the target: where texts judge several targets differently, it must stay well behind."""
    folder = bundled("models/reader")
    ours, blind = (
        tomllib.loads((folder / name).read_text(encoding="utf-8"))["int8"]
        for name in ("results.toml", "results-blind.toml")
    )
    corpus, mixed = "corpus_without_mirrors_test", "sentfin_mixed_test"
    assert ours[mixed]["macro_f1"] - blind[mixed]["macro_f1"] >= 0.1
    assert ours[corpus]["four_class_macro_f1"] - blind[corpus]["four_class_macro_f1"] >= 0.1
    # Of a text that judges one target, the words alone say which way.
    assert ours[corpus]["stance_macro_f1"] - blind[corpus]["stance_macro_f1"] >= 0.08  # aim: .1
