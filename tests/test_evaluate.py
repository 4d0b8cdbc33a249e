"""Scoring: what counts as found, as right and as a difference; the numbers' formulas; gold in either form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from narrative.errors import NarrativeError, UsageError
from narrative.evaluate.annotation import Judgement, annotation_of
from narrative.evaluate.cells import CELLS, SHOWN, cells_of
from narrative.evaluate.documents import digest_of, read_documents
from narrative.evaluate.outcome import JudgedPair, Outcome, Tally, joined
from narrative.evaluate.report import render, render_differences
from narrative.evaluate.sameness import same_firm, same_person, same_subject, same_target, same_words
from narrative.evaluate.scoring import compare_annotations, score_model
from narrative.evaluate.stages import compare
from narrative.evaluate.stance_scores import STANCES, kappa, macro_f1, stance_scores
from narrative.evaluate.standoff import read_standoff, standoff
from narrative.evaluate.summary import summary
from narrative.read.corpus import split_of
from narrative.targets import Targets
from tests.gold_text import SMALL, gold, view, written
from tests.scripted_model import BEARISH, BULLISH, UNSURE, Scripted

LEE = "[s1.source [s1.speaker Ann Lee] of [s1.firm Harbor Pine]] [s1.cue said] [s1.content small caps will lead the market this year]."


def outcome(one: str, other: str, head: str = SMALL, other_head: str | None = None) -> Outcome:
    """Compare two annotations of one text."""
    return compare(
        annotation_of(gold(one, head)), annotation_of(gold(other, head if other_head is None else other_head))
    )


def tally(outcome: Outcome, name: str) -> tuple[int, int, int]:
    found = outcome.tallies[name]
    return found.hit, found.missed, found.extra


# --- statements ----------------------------------------------------------------------------------------------

STATEMENTS = {
    # why: (the other annotation of LEE's text, hit, missed, extra)
    "the-same": (LEE, 1, 0, 0),
    "four-fifths-of-the-letters": (LEE.replace(" year]", "] year"), 1, 0, 0),
    "half-of-the-letters": (LEE.replace(" lead the market this year]", "] lead the market this year"), 0, 1, 1),
    "none": (LEE.replace("[s1.source [s1.speaker Ann Lee] of [s1.firm Harbor Pine]] [s1.cue said] [s1.content small caps will lead the market this year]", "Ann Lee of Harbor Pine said small caps will lead the market this year"), 0, 1, 0),
}  # fmt: skip


@pytest.mark.parametrize(("other", "hit", "missed", "extra"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_is_found_when_its_words_are(other: str, hit: int, missed: int, extra: int) -> None:
    found = outcome(LEE, other, other_head=SMALL if "content" in other else "")
    assert tally(found, "statements") == (hit, missed, extra)
    assert (found.shares["found indirect"].right, found.shares["found indirect"].of) == (hit, hit + missed)
    assert len([d for d in found.differences if d.stage == "statements"]) == missed + extra


def test_a_statement_matches_one_other_at_most() -> None:
    twice = "[s1.content One thing is sure] and [s2.content two things are sure]. [s1.speaker Ann Lee] [s2.speaker Tom Ode]"
    once = "[s1.content One thing is sure] and two things are sure. [s1.speaker Ann Lee] [p Tom Ode]"
    assert tally(outcome(twice, once, ""), "statements") == (1, 1, 0)


VOICES = {
    # why: (gold's mark, the other's, speaker right, firm right)
    "the-same": (LEE, LEE, True, True),
    "no-firm": (LEE, LEE.replace("[s1.firm Harbor Pine]", "[o Harbor Pine]"), True, False),
    "no-speaker": (LEE, LEE.replace("[s1.speaker Ann Lee]", "[p Ann Lee]"), False, True),
    "speaker-invented": (LEE.replace("[s1.speaker Ann Lee]", "[p Ann Lee]"), LEE, False, True),
}


@pytest.mark.parametrize(("one", "other", "speaker", "firm"), VOICES.values(), ids=VOICES)
def test_the_voice_is_right_or_not(one: str, other: str, speaker: bool, firm: bool) -> None:
    found = outcome(one, other)
    assert found.shares["speaker"].right == speaker
    assert found.shares["firm"].right == firm
    assert found.shares["speaker and firm"].right == (speaker and firm)
    assert tally(found, "chain") == ((1, 0, 0) if speaker and firm else (0, 1, 1))


# --- what is the same ----------------------------------------------------------------------------------------

FIRMS = [
    ("Harbor Pine", "Harbor Pine", True, "the same words"),
    ("Harbor Pine", "Harbor Pine Capital Management", True, "a short form"),
    ("The Harbor Pine Group", "Harbor Pine Inc.", True, "legal words aside"),
    ("Citi", "Citigroup", True, "an alias of the gazetteer"),
    ("BofA Securities", "BofA Global Research", True, "two aliases of one house"),
    ("Goldman Sachs", "Goldman Sachs Asset Management", False, "two houses of the gazetteer"),
    ("HRB Strategy", "Strategy", False, "an end is not a short form"),
    ("Bank", "Bank of Harbor", False, "a generic word names nobody"),
    ("Harbor Pine", "Harbor Oak", False, "another house"),
    ("Harbor Pine", None, False, "nobody"),
    (None, None, True, "nobody on both sides"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), FIRMS)
def test_a_house_is_the_same_under_its_names(
    one: str | None, other: str | None, same: bool, why: str
) -> None:
    assert same_firm(one, other) is same is same_firm(other, one), why


PEOPLE = [
    ("Ann Lee", "Ann Lee", True, "the same"),
    ("Dr. Ann Lee", "ann lee", True, "courtesy and case"),
    ("Ann Lee", "Lee", False, "a surname is not the full name"),
    ("Ann Lee", None, False, "nobody"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), PEOPLE)
def test_a_person_is_the_same_under_the_full_name(one: str, other: str | None, same: bool, why: str) -> None:
    assert same_person(one, other) is same, why


TARGETS = [
    (Judgement("s1", "small_caps", "bullish"), Judgement("a", "small_caps", "bearish"), True, "one id, whatever the stance"),
    (Judgement("s1", "small_caps", "bullish"), Judgement("a", "mid_caps", "bullish"), False, "two ids"),
    (Judgement("s1", "stock:Orrin Pumps", "bullish"), Judgement("a", "stock:ORRN", "bullish", also=frozenset({"orrin pumps"})), True, "a company by its ticker"),
    (Judgement("s1", "stock:Orrin Pumps", "bullish"), Judgement("a", "stock:Orrin", "bullish"), True, "a company by its short name"),
    (Judgement("s1", "stock:Orrin Pumps", "bullish"), Judgement("a", "stock:Sabine Foods", "bullish"), False, "two companies"),
    (Judgement("s1", "stock:The Company", "bullish"), Judgement("a", "stock:NVDA", "bullish"), False, "a name of legal words only"),
    (Judgement("s1", "stock:orrin", "bullish"), Judgement("a", "stock:Orrin", "bullish"), True, "case aside"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same", "why"), TARGETS)
def test_a_target_is_the_same_under_its_names(one: Judgement, other: Judgement, same: bool, why: str) -> None:
    assert same_target(one, other) is same, why


SUBJECTS = [
    ("Russell 2000", "the Russell 2000 index", True, "filling words aside"),
    ("price target on Orrin Pumps", "Orrin Pumps", True, "one within the other"),
    ("Russell 2000", "S&P 500", False, "another thing"),
    ("yield", None, False, "nothing"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), SUBJECTS)
def test_a_subject_is_the_same_in_its_telling_words(
    one: str, other: str | None, same: bool, why: str
) -> None:
    assert same_subject(one, other) is same, why


QUOTED = [
    ("if the central bank cuts in March", "if the bank cuts", True, "more than half of all words"),
    ("over the next 12 months", "next 12 months", True, "a preposition less"),
    ("stocks", "stocks", True, "the same"),
    ("this year", "next year", False, "one word of two"),
    ("until March", "until June", False, "one word of two"),
    ("if it cuts", "if it does not cut", False, "the opposite"),
    ("chief economist", "chief strategist", False, "another title"),
    (None, None, True, "nothing on both sides"),
    ("if it cuts", None, False, "nothing on one side"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), QUOTED)
def test_quoted_words_are_the_same_by_more_than_half(
    one: str, other: str | None, same: bool, why: str
) -> None:
    assert same_words(one, other) is same is same_words(other, one), why


# --- targets, stance, qualifiers, chain ----------------------------------------------------------------------

JUDGED = {
    # why: (gold's rows, the other's, targets (hit, missed, extra), chain (hit, missed, extra))
    "the-same": (SMALL, SMALL, (1, 0, 0), (1, 0, 0)),
    "another-stance": (SMALL, view("s1", "small_caps", "bearish"), (1, 0, 0), (0, 1, 1)),
    "another-target": (SMALL, view("s1", "mid_caps", "bullish"), (0, 1, 1), (0, 1, 1)),
    "one-too-many": (SMALL, SMALL + view("s1", "broad_market", "bullish"), (1, 0, 1), (1, 0, 1)),
    "none": (SMALL, "", (0, 1, 0), (0, 1, 0)),
    "given-up": (SMALL, view("s1", "small_caps", "bullish", "past = true\n"), (1, 0, 0), (0, 1, 0)),
}


@pytest.mark.parametrize(("one", "other", "targets", "chain"), JUDGED.values(), ids=JUDGED)
def test_targets_and_the_chain_are_counted_apart(
    one: str, other: str, targets: tuple[int, int, int], chain: tuple[int, int, int]
) -> None:
    found = outcome(LEE, LEE, one, other)
    assert tally(found, "targets") == targets
    assert tally(found, "chain") == chain


QUALIFIERS = {
    # why: (gold's line, the other's, tally, (hit, missed, extra))
    "hedged-on-both": ("hedged = true\n", "hedged = true\n", "hedged", (1, 0, 0)),
    "hedged-missed": ("hedged = true\n", "", "hedged", (0, 1, 0)),
    "horizon-overlaps": (
        'horizon = "this year"\n',
        'horizon = "market this year"\n',
        "horizon",
        (1, 0, 0),
    ),
    "horizon-differs": ('horizon = "this year"\n', 'horizon = "small caps"\n', "horizon", (0, 1, 1)),
    "condition-invented": ("", 'condition = "lead the market"\n', "condition", (0, 0, 1)),
}


@pytest.mark.parametrize(("one", "other", "name", "counts"), QUALIFIERS.values(), ids=QUALIFIERS)
def test_qualifiers_are_found_or_not(one: str, other: str, name: str, counts: tuple[int, int, int]) -> None:
    assert tally(outcome(LEE, LEE, SMALL + one, SMALL + other), name) == counts


STOCKS = "[s1.speaker Ann Lee] [s1.cue said] [s1.content Orrin Pumps and Orrin Foods and Orrin will lead]."


def test_one_judgement_stands_for_one_other_in_the_chain() -> None:
    both = view("s1", "stock:Orrin Pumps", "bullish") + view("s1", "stock:Orrin Foods", "bullish")
    found = outcome(STOCKS, STOCKS, both, view("s1", "stock:Orrin", "bullish"))
    assert tally(found, "targets") == tally(found, "chain") == (1, 1, 0)


def test_exact_names_go_before_short_forms() -> None:
    rows = [view("s1", "stock:Orrin", "bullish"), view("s1", "stock:Orrin Pumps", "bearish")]
    found = outcome(STOCKS, STOCKS, "".join(rows), "".join(reversed(rows)))
    assert [pair.stance == pair.other for pair in found.pairs] == [True, True]


@given(st.permutations(["Orrin", "Orrin Pumps", "Orrin Foods"]), st.integers(0, 3), st.integers(0, 3))
def test_no_count_falls_below_zero(names: list[str], one: int, other: int) -> None:
    rows = [view("s1", f"stock:{name}", "bullish") for name in names]
    found = outcome(STOCKS, STOCKS, "".join(rows[:one]), "".join(rows[3 - other :]))
    assert found.tallies["chain"].hit <= min(one, other)


def test_a_share_counts_where_either_side_names_one() -> None:
    nobody = "[s1.source One trader] [s1.cue said] [s1.content small caps will lead]."
    found = outcome(nobody, nobody, "")
    assert (found.shares["speaker"].of, found.shares["title"].of, found.shares["speaker and firm"].of) == (
        0,
        0,
        0,
    )


def test_every_count_has_its_difference() -> None:
    told = 'hedged = true\ncondition = "lead the market"\nhorizon = "this year"\n'
    found = outcome(LEE, LEE.replace("[s1.cue said]", "said"), SMALL + told, SMALL)
    assert {"hedged", "condition", "horizon", "cue"} == {d.stage for d in found.differences}
    assert "chain" in {d.stage for d in outcome(LEE, LEE, SMALL, "").differences}


def test_names_and_figures_go_by_their_exact_spans() -> None:
    one = "[p Ann Lee] of [o Harbor Pine] saw [f1.percent 6.2%] and [f2.count 40]."
    other = "[p Ann] Lee of [o Harbor Pine] saw [f1.multiple 6.2%] and 40."
    found = outcome(one, other, '[figure.f1]\nsubject = "Harbor Pine"\ndirection = "up"\n', "")
    assert tally(found, "people") == (0, 1, 1)
    assert tally(found, "firms") == (1, 0, 0)
    assert tally(found, "figures") == (1, 1, 0)
    assert (found.shares["unit"].right, found.shares["subject"].right, found.shares["direction"].right) == (
        0,
        0,
        0,
    )
    assert found.shares["period"].of == 0, "gold gives no period, so none can be wrong"


# --- numbers -------------------------------------------------------------------------------------------------

PAIRS = st.lists(
    st.builds(JudgedPair, st.sampled_from(STANCES), st.sampled_from(STANCES)), min_size=1, max_size=40
)


@given(PAIRS)
def test_macro_f1_is_that_of_the_field(pairs: list[JudgedPair]) -> None:
    one, other = zip(*((p.stance, p.other) for p in pairs), strict=True)
    present = sorted({*one, *other})
    assert macro_f1(pairs) == pytest.approx(
        f1_score(one, other, labels=present, average="macro", zero_division=0)
    )


@given(PAIRS.filter(lambda pairs: len({s for p in pairs for s in (p.stance, p.other)}) > 1))
def test_kappa_is_cohens(pairs: list[JudgedPair]) -> None:
    one, other = zip(*((p.stance, p.other) for p in pairs), strict=True)
    assert kappa(pairs) == pytest.approx(cohen_kappa_score(one, other))


def test_kappa_of_one_shared_stance_is_undefined() -> None:
    assert kappa([JudgedPair("bullish", "bullish")]) is None
    assert kappa([]) is None


def test_calibration_is_the_gap_between_confidence_and_truth() -> None:
    sure = JudgedPair("bullish", "bullish", probabilities=(1.0, 0.0, 0.0))
    wrong = JudgedPair("bearish", "bullish", probabilities=(1.0, 0.0, 0.0))
    scores = stance_scores([sure, wrong])
    assert (scores["ece"], scores["brier"]) == (0.5, 1.0)
    assert (scores["reversed"], scores["macro_f1"]) == (0.5, pytest.approx(1 / 3, abs=1e-4))


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=5))
def test_tallies_add_up(counts: list[tuple[int, int, int]]) -> None:
    outcomes = []
    for row in counts:
        one = Outcome()
        one.tallies["x"].add(Tally(*row))
        outcomes.append(one)
    total = joined(outcomes).tallies["x"]
    assert (total.hit, total.missed, total.extra) == tuple(map(sum, zip(*counts, strict=True)))
    assert total.f1 is None or 0 <= total.f1 <= 1


def test_an_annotation_agrees_with_itself() -> None:
    article = gold(LEE, SMALL)
    scores = summary(compare_annotations([article], [article]))
    assert {row["f1"] for row in scores["found"].values()} <= {1.0, None}
    assert {row["rate"] for row in scores["right"].values()} == {1.0, None}
    assert scores["stance"]["accuracy"] == 1.0


def test_intervals_draw_families_and_leave_out_what_has_nothing() -> None:
    right, empty = gold(LEE, SMALL, family="a"), gold("Nothing was said.", id="y", family="b")
    scores = summary(compare_annotations([right, empty], [right, empty]))
    assert scores["interval"]["stance"] == [1.0, 1.0], "draws without a pair are no zeros"
    mirror = gold(LEE, SMALL, id="y", family="a")
    assert summary(compare_annotations([right, mirror], [right, mirror]))["interval"]["stance"] is None


def test_every_key_is_there_when_there_is_nothing() -> None:
    empty = gold("Nothing was said.")
    scores, full = (summary(compare_annotations([a], [a])) for a in (empty, gold(LEE, SMALL)))
    assert scores["found"].keys() == full["found"].keys()
    assert scores["right"].keys() == full["right"].keys()
    assert scores["slices"] == {}


def test_slices_are_of_statements() -> None:
    body = f"{LEE} [s2.source One [s2.title trader]] [s2.cue said] [s2.content gold will fall]."
    article = gold(body, SMALL + view("s2", "gold", "bearish", "hedged = true\n"))
    slices = summary(compare_annotations([article], [article]))["slices"]
    assert (slices["unnamed"]["statements"], slices["hedged"]["pairs"], slices["unnamed"]["chain"]) == (
        1,
        1,
        None,
    )
    assert slices["wire"]["statements"] == 2


# --- a model -------------------------------------------------------------------------------------------------

STORY = (
    "Small caps rise\n\n"
    "“[s1.content Small caps will lead the market],” [s1.cue said] [s1.source [s1.speaker Ann Lee], [s1.title strategist] at "
    "[s1.firm Harbor Pine Capital]]."
)


@pytest.mark.parametrize(
    ("answer", "chain", "given_right"),
    [(BULLISH, (1, 0), 1), (BEARISH, (0, 1), 0), (UNSURE, (0, 1), 1)],
    ids=["right", "reversed", "abstained-is-not-counted"],
)
def test_a_model_is_scored_over_the_chain_and_on_given_statements(
    answer: object, chain: tuple[int, int], given_right: int, targets: Targets
) -> None:
    model = Scripted({"small caps": answer})  # type: ignore[dict-item]
    (found,) = score_model([gold(STORY, SMALL)], model, targets)
    assert tally(found, "statements") == (1, 0, 0)
    assert tally(found, "chain")[:2] == chain
    assert sum(p.stance == p.other for p in found.given) == given_right


def test_the_reader_meets_plain_text(targets: Targets) -> None:
    body = f"{STORY}\n\n[junk We use cookies to improve your experience. Accept all cookies]"
    (found,) = score_model([gold(body, SMALL)], Scripted(), targets)
    assert tally(found, "statements") == (1, 0, 0)


# --- gold in either form -------------------------------------------------------------------------------------


def kept(article: object, folder: Path) -> Path:
    """Write an article as standoff annotation with its text beside it."""
    (folder / "texts").mkdir()
    (folder / "texts" / "x.txt").write_text(article.text, encoding="utf-8")  # type: ignore[attr-defined]
    path = folder / "gold.jsonl"
    path.write_text(json.dumps(standoff(article)) + "\n", encoding="utf-8")  # type: ignore[arg-type]
    return path


def test_standoff_says_the_same_without_the_text(tmp_path: Path) -> None:
    body = f"{LEE} [p Lee] saw [f1.percent 3%].\n\n[junk Ad]\n\n[dup a\n\nb]"
    told = 'horizon = "this year"\n[figure.f1]\nsubject = "Ann Lee"\nperiod = "last year"\n'
    article = gold(body, SMALL + told)
    path = kept(article, tmp_path)
    (back,) = read_documents(path)
    assert not [words for words in ("lead the market", "this year") if words in path.read_text()]
    assert annotation_of(back) == annotation_of(article)
    assert (back.dups, back.junk) == (article.dups, article.junk)
    assert digest_of([back]) == digest_of([article])


SPOILED = {
    # why: (change of the line, words of the message)
    "another-text": (lambda line, folder: (folder / "texts" / "x.txt").write_text("other") and line, "not the text that was annotated"),
    "no-text": (lambda line, folder: (folder / "texts" / "x.txt").unlink() or line, "cannot be read"),
    "another-schema": (lambda line, folder: line.replace("gold/1", "gold/9"), "schema"),
    "no-json": (lambda line, folder: line[:-9], "no annotation"),
    "unknown-key": (lambda line, folder: line.replace('"stance"', '"mood"'), "no annotation"),
    "no-key": (lambda line, folder: line.replace('"figures"', '"numbers"'), "no annotation"),
    "outside-the-text": (lambda line, folder: re.sub(r'("content": \[\[\d+), \d+', r"\1, 9999", line), "no words at"),
    "backwards": (lambda line, folder: re.sub(r'"content": \[\[\d+, \d+', '"content": [[9, 3', line), "no words at"),
    "no-whole-numbers": (lambda line, folder: re.sub(r'"content": \[\[\d+', '"content": [[1.5', line), "whole numbers"),
    "no-content": (lambda line, folder: re.sub(r'"content": \[\[\d+, \d+\]\]', '"content": []', line), "no content"),
    "unknown-stance": (lambda line, folder: line.replace('"bullish"', '"upbeat"'), "is not bullish"),
    "view-of-nothing": (lambda line, folder: line.replace('"statement": "s1"', '"statement": "s9"'), "does not exist"),
    "name-elsewhere": (lambda line, folder: line.replace("Ann Lee", "Ann Loo"), "does not stand in the text"),
    "id-as-a-path": (lambda line, folder: line.replace('"id": "x"', '"id": "../texts/x"'), "names no file"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), SPOILED.values(), ids=SPOILED)
def test_spoiled_standoff_is_refused_with_file_and_line(spoil: object, message: str, tmp_path: Path) -> None:
    path = kept(gold(LEE, SMALL), tmp_path)
    path.write_text(spoil(path.read_text(), tmp_path))  # type: ignore[operator]
    with pytest.raises(NarrativeError, match=r"gold\.jsonl:1: ") as refused:
        list(read_standoff(path, tmp_path / "texts"))
    assert message in str(refused.value)


def test_gold_is_found_in_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(written(LEE, SMALL, id="one"))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.txt").write_text(written(LEE, SMALL, id="two"))
    assert {a.id for a in read_documents(tmp_path)} == {"one", "two"}
    assert [a.id for a in read_documents(tmp_path / "one.txt")] == ["one"]
    with pytest.raises(NarrativeError, match="no gold at"):
        read_documents(tmp_path / "three.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no \.txt files"):
        read_documents(tmp_path / "empty")
    other = "dev" if split_of(gold(LEE)) != "dev" else "test"
    with pytest.raises(UsageError, match="its articles are of split"):
        read_documents(tmp_path / "one.txt", split=other)


def test_gold_that_cannot_be_scored_is_refused_when_it_is_read(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(written(LEE, SMALL))
    with pytest.raises(NarrativeError, match=r"two\.txt: the id 'x' is that of .*one\.txt too"):
        read_documents(tmp_path)
    (tmp_path / "one.txt").write_text(written(LEE, view("s1", "tiny_caps", "bullish"), id="y"))
    with pytest.raises(NarrativeError, match=r"one\.txt: y: unknown target 'tiny_caps'"):
        read_documents(tmp_path)


def test_two_annotations_need_one_text() -> None:
    with pytest.raises(NarrativeError, match="no article in common"):
        compare_annotations([gold(LEE, SMALL)], [gold(LEE, SMALL, id="y")])
    with pytest.raises(NarrativeError, match="the text is not that of"):
        compare_annotations([gold(LEE, SMALL)], [gold(LEE.replace("lead", "lag"), SMALL)])


# --- cells ---------------------------------------------------------------------------------------------------

SEEN = {
    # cell: a body whose marks show it
    "direct": '"[s1.content Buy]," said [s1.speaker Ann Lee].',
    "split": '"[s1.content Buy]," [s1.cue said] [s1.speaker Ann Lee], "[s1.content and hold]."',
    "continued": '"[s1.content Buy.]\n\n"[s1.content Hold.]" said [s1.speaker Ann Lee].',
    "british": "'[s1.content Buy],' said [s1.speaker Ann Lee].",
    "headline": "[s1.content Buy small], says [s1.firm Harbor Pine]\n\nThey do.",
    "indirect_bare": "[s1.speaker Ann Lee] [s1.cue said] [s1.content they buy].",
    "pronoun": "[p Ann Lee] [s1.content buys], [s1.source she] [s1.cue said].",
    "surname": "[s1.speaker Ann Lee] [s1.content buys], [s1.source [p Lee]] [s1.cue said].",
    "unnamed": "[s1.source One [s1.title strategist]] said [s1.content buy].",
    "team": "[s1.source [s1.title Analysts] at [s1.firm Harbor Pine]] said [s1.content buy].",
    "firm_only": "[s1.source [s1.firm Harbor Pine]] said [s1.content buy].",
    "report": "[s1.source A note from [s1.firm Harbor Pine]] said [s1.content buy].",
    "name_title_firm": "[s1.source [s1.speaker Ann Lee], [s1.title head] of [s1.firm Harbor Pine]] said [s1.content buy].",
    "firm_name": "[s1.source [s1.firm Harbor Pine]'s [s1.speaker Ann Lee]] said [s1.content buy].",
    "no_view": "Nothing was said.",
}


@pytest.mark.parametrize(("cell", "body"), SEEN.items(), ids=SEEN)
def test_marks_show_the_cells_of_an_article(cell: str, body: str) -> None:
    assert cell in cells_of(gold(body))
    assert cell in SHOWN


def test_what_marks_cannot_show_is_as_declared() -> None:
    article = gold(LEE, 'covers = ["sarcasm", "no_view"]\n' + SMALL)
    assert {"sarcasm", "wire", "plain"} <= cells_of(article)
    assert "no_view" not in cells_of(article), "declared, and the marks show otherwise"
    assert set(CELLS) >= SHOWN


# --- for people ----------------------------------------------------------------------------------------------


def test_the_table_fits_eighty_columns(targets: Targets) -> None:
    scores = summary(score_model([gold(STORY, SMALL), gold(LEE, SMALL, id="y")], Scripted(), targets))
    text = render(scores, by_slice=True)
    assert max(map(len, text.split("\n"))) <= 80
    assert "2 articles" in text
    assert "chain: who said what stance on what" in text


def test_differences_name_place_and_words() -> None:
    found = outcome(LEE, LEE, SMALL, view("s1", "small_caps", "bearish"))
    text = render_differences(found.differences, 1)
    assert "stance, where both judge: 1 difference\n" in text
    assert "x at 28: gold bullish on small_caps, here bearish" in text
    assert text.index("chain:") < text.index("stance,"), "the end of the chain comes first"
    assert max(map(len, text.split("\n"))) <= 80
    assert render_differences([], 3) == "no differences"
