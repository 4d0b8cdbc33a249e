"""The door to the model: what goes in, that nothing but the pair decides what comes out, and what the numbers are."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrative.bundled import bundled
from narrative.errors import NarrativeError
from narrative.read.encoder import MAX_TOKENS, Judged, Pair, Reader, load_reader, pair_inputs, probabilities
from narrative.read.parallel import in_parallel
from narrative.read.passages import passages
from narrative.read.tags import LINKS, WIDTH
from narrative.read.windows import Window
from narrative.targets import Targets
from narrative.terms import Article, Span

SAID, END_SAID, NAMED, END_NAMED = 1, 2, 3, 4
TEXTS = (
    "We would fade the rally in small caps and stay with mega-cap tech.",
    "Small caps rose. “They have further to go,” she said.",
    "Gold will lag if the dollar holds, the bank’s analysts wrote on Monday.",
    "The index was flat.",
    "“Überbewertet,” sagte er – 東京市場は小動き.",
    "I like banks. " * 30,
)
PAIRS = tuple(
    Pair(target, text, (Span(0, len(text)),), (Span(3, 8),) if number % 2 else ())
    for number, text in enumerate(TEXTS)
    for target in ("small caps", "mega-cap tech")
)
LOOSE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def alone(reader: Reader) -> dict[Pair, Judged]:
    """Every pair judged once, in a fixed order."""
    return {pair: reader.judge(pair) for pair in PAIRS}


# --- what comes out ------------------------------------------------------------------------------------------


@LOOSE
@given(company=st.lists(st.sampled_from(PAIRS), min_size=1, max_size=8))
def test_a_probability_does_not_depend_on_its_neighbors(
    company: list[Pair], reader: Reader, alone: dict[Pair, Judged]
) -> None:
    assert [reader.judge(pair) for pair in company] == [alone[pair] for pair in company]


def test_a_second_reader_gives_the_same_floats(alone: dict[Pair, Judged]) -> None:
    other = load_reader()
    assert [other.judge(pair) for pair in reversed(PAIRS)] == [alone[pair] for pair in reversed(PAIRS)]


def test_the_model_has_a_name_of_its_content(reader: Reader) -> None:
    assert reader.name == load_reader().name
    assert reader.name.startswith("reader+")


@pytest.mark.parametrize("pair", PAIRS[::3], ids=lambda pair: pair.text[:12])
def test_shares_are_probabilities(pair: Pair, alone: dict[Pair, Judged]) -> None:
    judged = alone[pair]
    assert sum(judged[:3]) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in judged)


@given(
    logits=st.lists(st.floats(-60, 60), min_size=4, max_size=4),
    temperature=st.floats(0.2, 5),
    shift=st.floats(-40, 40),
)
def test_a_softmax_sums_to_one_and_knows_no_shift(
    logits: list[float], temperature: float, shift: float
) -> None:
    judged = probabilities(np.array(logits), temperature)
    moved = probabilities(np.array(logits) + shift, temperature)
    assert math.isclose(sum(judged[:3]), 1)
    assert -1e-12 <= judged.judged <= 1
    assert judged == pytest.approx(moved, abs=1e-9)


def test_probabilities_by_hand() -> None:
    odds = [math.log(6), math.log(3), math.log(1), math.log(2)]
    assert probabilities(np.array(odds), 1.0) == pytest.approx((0.6, 0.3, 0.1, 10 / 12))


# --- what goes in --------------------------------------------------------------------------------------------


@given(
    text=st.text(alphabet="ab Z.’“”\n9é東", min_size=1, max_size=400),
    target=st.text(alphabet="ab -", max_size=120),
    spans=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=4),
    limit=st.integers(40, MAX_TOKENS),
)
@LOOSE
def test_inputs_never_exceed_the_limit(
    text: str, target: str, spans: list[tuple[int, int]], limit: int, reader: Reader
) -> None:
    marked = tuple(Span(s, min(s + n, len(text))) for s, n in spans if s < len(text))
    inputs = pair_inputs(Pair(target, text, marked[:2], marked[2:]), reader.tokenizer, limit)
    assert len(inputs.ids) == len(inputs.types) == len(inputs.names) <= limit
    assert inputs.types == sorted(inputs.types)


def test_the_statement_and_the_target_s_names_stand_between_markers(reader: Reader) -> None:
    text = "She said small caps will lead."
    pair = Pair("small caps", text, (Span(9, 29),), (Span(9, 19),))
    inputs = pair_inputs(pair, reader.tokenizer)
    second = inputs.ids[inputs.types.index(1) :]
    assert [i for i in second if i <= END_NAMED] == [SAID, NAMED, END_NAMED, END_SAID]
    assert next(i for i, name in zip(inputs.ids, inputs.names, strict=True) if name) == NAMED
    assert sum(inputs.names) == 3  # the marker, "small", "caps"


@pytest.mark.parametrize("before", [0, 1, 40, 300], ids=lambda n: f"{n}-sentences-before")
def test_a_long_text_keeps_the_window_around_the_statement(before: int, reader: Reader) -> None:
    lead, said = "Markets were quiet again today. " * before, "Small caps will lead the market."
    text = lead + said + " Bonds were little changed." * 100
    pair = Pair("small caps", text, (Span(len(lead), len(lead) + len(said)),), ())
    inputs = pair_inputs(pair, reader.tokenizer)
    kept = inputs.ids[inputs.ids.index(SAID) + 1 : inputs.ids.index(END_SAID)]
    assert len(inputs.ids) == MAX_TOKENS
    assert kept == reader.tokenizer.encode(said, add_special_tokens=False).ids


def test_a_statement_longer_than_the_window_keeps_its_beginning(reader: Reader) -> None:
    text = "Nothing here. " * 5 + "Small caps will lead the market and so on. " * 60
    pair = Pair("small caps", text, (Span(70, len(text)),), ())
    inputs = pair_inputs(pair, reader.tokenizer)
    assert len(inputs.ids) == MAX_TOKENS
    assert SAID in inputs.ids


# --- a model that is broken ----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["reader.onnx", "reader.toml", "tokenizer.json"])
@pytest.mark.parametrize(
    "content", [None, b"", b"x = [", b"\xff\xfe\x00"], ids=["missing", "empty", "text", "binary"]
)
def test_a_broken_model_names_its_folder(content: bytes | None, part: str, tmp_path: Path) -> None:
    shutil.copytree(bundled("models/reader"), tmp_path / "model")
    (tmp_path / "model" / part).unlink()
    if content is not None:
        (tmp_path / "model" / part).write_bytes(content)
    with pytest.raises(NarrativeError, match=r"no usable model in .*model"):
        load_reader(tmp_path / "model").judge(PAIRS[0])


# --- tags -----------------------------------------------------------------------------------------------------

PARAGRAPHS = "\n\n".join(
    (*TEXTS[:3], "Ann Lee of Harbor Pine told clients that banks would follow. " * 20, TEXTS[3])
)


@pytest.fixture(scope="module")
def cut(reader: Reader) -> tuple[Window, ...]:
    """The windows of a text long enough for several."""
    found = passages(Article("a", "", "", "", PARAGRAPHS))
    return reader.windows(PARAGRAPHS, found)


@LOOSE
@given(order=st.permutations(range(3)))
def test_tags_do_not_depend_on_what_else_is_asked(
    order: list[int], reader: Reader, cut: tuple[Window, ...]
) -> None:
    assert len(cut) >= 2
    wanted = reader.tag(cut[0])
    for number in order:
        reader.judge(PAIRS[number])
        again = reader.tag(cut[0])
        assert all(np.array_equal(a, b) for a, b in zip(wanted, again, strict=True))


def test_on_several_threads_the_answers_are_those_of_one(reader: Reader, alone: dict[Pair, Judged]) -> None:
    assert in_parallel(reader.judge, list(PAIRS) * 4) == [alone[pair] for pair in PAIRS] * 4


def test_a_window_has_an_answer_for_every_token(reader: Reader, cut: tuple[Window, ...]) -> None:
    for window in cut:
        raw = reader.tag(window)
        tokens = len(window.ids)
        assert raw.labels.shape == (tokens, WIDTH)
        assert raw.links.shape == (tokens, LINKS)
        assert raw.topics.shape == (tokens, len(reader.topics))


def test_the_model_knows_the_targets_of_the_vocabulary(reader: Reader, targets: Targets) -> None:
    assert set(reader.topics) <= {target.id for target in targets}
