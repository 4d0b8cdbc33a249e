"""The corpus's own tools: what the checks find, where texts repeat, how differences were settled, floors, and the command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from corpus import settlement, similarity
from corpus.checks import findings
from narrative.errors import NarrativeError
from narrative.evaluate.floors import broken, pin
from narrative.read.gold import GoldArticle
from narrative.targets import Targets
from tests.gold_text import SMALL, gold, view, written
from tests.shell import narrative

LEE = "[s1.source [s1.speaker Ann Lee] of [s1.firm Harbor Pine]] [s1.cue said] [s1.content small caps will lead the market this year]."

# --- checks --------------------------------------------------------------------------------------------------

SLIPS = {
    # why: (header, body, words of the rule)
    "that-inside": ("", LEE.replace("[s1.content small", "[s1.content that small"), "begins with 'that'"),
    "comma-inside": ("", '"[s1.content We buy,]" said [s1.speaker Ann Lee].', "ends with a mark"),
    "stop-inside-an-indirect-clause": ("", LEE.replace("year].", "year.] It rose."), "ends with a mark"),
    "quote-marks-inside": ("", '[s1.content "We buy"] said [s1.speaker Ann Lee].', "delimiting quote marks"),
    "nobody": ("", "[s1.content We buy].", "no source"),
    "surname-as-speaker": ("", "[s1.source [s1.speaker Lee]] said [s1.content we buy].", "not a full name"),
    "unknown-target": (view("s1", "tiny_caps", "bullish"), LEE, "unknown target"),
    "stock-not-named": (view("s1", "stock:Orrin Pumps", "bullish"), LEE, "does not name"),
    "own-firm": (view("s1", "stock:Harbor Pine", "bullish"), LEE, "own firm"),
    "horizon-invented": (view("s1", "small_caps", "bullish", 'horizon = "next week"\n'), LEE, "not quoted"),
    "percent-unmarked": ("", f"{LEE} It rose 3%.", "is no figure"),
    "dollars-unmarked": ("", f"{LEE} It costs $40.", "is no figure"),
    "percent-as-count": ("", f"{LEE} It rose [f1.count 3%].", "no count"),
    "dollars-without-a-sign": ("", f"{LEE} It costs [f1.USD 40].", "no USD"),
    "figure-in-words": ("", f"{LEE} It rose [f1.multiple three times].", "without digits"),
    "name-unmarked": ("", f"{LEE} Harbor Pine declined.", "is not marked here"),
    "cue-unmarked": ("", f"{LEE} Others said so.", "is no cue"),
    "unknown-cell": ('covers = ["funny"]\n', LEE, "unknown cell"),
}


@pytest.mark.parametrize(("header", "body", "rule"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_found(header: str, body: str, rule: str, targets: Targets) -> None:
    assert [found for found in findings(gold(body, header), targets) if rule in found.rule]


def test_a_clean_article_has_no_findings(targets: Targets) -> None:
    body = f"{LEE} [p Lee] saw [f1.percent 3%].\n\n[junk He said 4% of $5]"
    assert not list(findings(gold(body, SMALL), targets))


# --- similarity ----------------------------------------------------------------------------------------------


def families() -> tuple[str, str]:
    """A family of train and one of test."""
    names = [f"f{n}" for n in range(60)]
    train = next(n for n in names if similarity.split_of(gold("One.", family=n)) == "train")
    return train, next(n for n in names if similarity.split_of(gold("One.", family=n)) == "test")


def two(one: str, other: str) -> list[GoldArticle]:
    train, test = families()
    return [gold(one, id="a", family=train), gold(other, id="b", family=test)]


RISE = "The Russell 2000 rose 2.5% to 2,210.40 on Monday and the S&P 500 gained 1.1%."
REPEATS = {
    # why: (one sentence, another, near-duplicate)
    "other-numbers": (RISE, RISE.replace("2.5%", "0.3%").replace("2,210.40", "1,990"), True),
    "other-words": (RISE, "Shares of smaller companies ended the first day of the week a little higher than before.", False),
    "short": ("The Russell 2000 rose on Monday.", "The Russell 2000 rose on Monday.", False),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "near"), REPEATS.values(), ids=REPEATS)
def test_sentences_that_repeat_are_found(one: str, other: str, near: bool) -> None:
    assert bool(found := similarity.near_duplicates(two(one, other))) is near
    assert all(pair.across for pair in found)


def test_mirrors_and_junk_may_repeat() -> None:
    one, other = two(RISE, RISE)
    assert not similarity.near_duplicates([one, gold(RISE, id="b", family=one.family)])
    assert not similarity.near_duplicates([one, gold(f"One.\n\n[dup {RISE}]", family=other.family)])


def test_a_passed_limit_is_named() -> None:
    lines = list(similarity.broken_limits(articles := two(RISE, RISE), similarity.near_duplicates(articles)))
    assert "near-duplicate" in lines[0]
    assert "headlines begin with 'the'" in " ".join(lines)
    assert "reporting verbs" in lines[-1]


def test_shares_of_cues_sum_over_forms() -> None:
    body = "[s1.speaker Ann Lee] [s1.cue said] [s1.content a]. [s2.cue=s1 Told] [s2.content b]. [s3.cue=s1 shrugged] [s3.content c]."
    shares = similarity.cue_shares([gold(body)])
    assert (shares["say"], shares["tell"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


# --- settlement ----------------------------------------------------------------------------------------------

BULL, BEAR, NONE = SMALL, view("s1", "small_caps", "bearish"), ""
UNMARKED = "Ann Lee of Harbor Pine said small caps will lead the market this year."
SETTLED = {
    # why: (first, second, now, counts)
    "no-difference": ((LEE, BULL), (LEE, BULL), (LEE, BULL), {}),
    "stance-by-the-second": ((LEE, BULL), (LEE, BEAR), (LEE, BEAR), {"second": 1}),
    "target-by-the-first": ((LEE, BULL), (LEE, NONE), (LEE, BULL), {"first": 1}),
    "by-neither": ((LEE, BULL), (LEE, BEAR), (LEE, NONE), {"neither": 1}),
    "statement-by-the-second": ((UNMARKED, NONE), (LEE, NONE), (LEE, NONE), {"second": 1}),
    "statement-dropped": ((LEE, NONE), (UNMARKED, NONE), (UNMARKED, NONE), {"second": 1}),
    "speaker-by-the-first": ((LEE, BULL), (LEE.replace("s1.speaker", "p"), BULL), (LEE, BULL), {"first": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "now", "counts"), SETTLED.values(), ids=SETTLED)
def test_what_became_of_a_difference(
    first: tuple[str, str], second: tuple[str, str], now: tuple[str, str], counts: dict[str, int]
) -> None:
    sides = [{"x": gold(body, header)} for body, header in (first, second, now)]
    assert settlement.settled(*sides) == Counter(counts)


# --- floors --------------------------------------------------------------------------------------------------


def scores(value: float) -> dict[str, object]:
    return {"found": {"statements": {"f1": value}}}


def test_floors_are_pinned_held_and_lowered_only_when_asked(tmp_path: Path) -> None:
    floors = tmp_path / "floors.toml"
    floors.write_text(pin(scores(0.8), floors, "dev", "abc", lower=False))
    assert not broken(scores(0.795), floors, "dev", "abc"), "another processor's arithmetic is no fall"
    assert "is 0.7, the floor is 0.8" in broken(scores(0.7), floors, "dev", "abc")[0]
    assert "not the one" in broken(scores(0.9), floors, "dev", "other gold")[0]
    assert "no floors for test" in broken(scores(0.9), floors, "test", "abc")[0]
    with pytest.raises(NarrativeError, match="would be lowered"):
        pin(scores(0.7), floors, "dev", "abc", lower=False)
    floors.write_text(pin(scores(0.7), floors, "dev", "abc", lower=True))
    assert not broken(scores(0.7), floors, "dev", "abc")
    assert "[test]" in pin(scores(0.5), floors, "test", "abc", lower=False)


# --- the command ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two annotations of one article."""
    for name, header in (("first", BULL), ("second", BEAR)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(written(LEE, header), encoding="utf-8")
    return tmp_path


def test_articles_of_one_s_own_are_scored(folder: Path) -> None:
    ran = narrative("evaluate", "--gold", "first", "--errors", "2", cwd=folder)
    assert ran.code == 0, ran.err
    assert "statements (content, IoU >= .8)         1.00" in ran.out
    assert max(map(len, ran.out.split("\n"))) <= 100
    table = json.loads(narrative("evaluate", "--gold", "first", "--json", cwd=folder).out)
    assert table["found"]["statements"]["f1"] == 1.0


def test_a_second_annotation_is_scored_against_the_first(folder: Path) -> None:
    ran = narrative("evaluate", "--gold", "first", "--against", "second", "--errors", "1", cwd=folder)
    assert "gold bullish, here bearish" in ran.out


BAD = {
    # why: (arguments, exit code, words)
    "no-such-gold": (("--gold", "third"), 1, "no gold at third"),
    "pin-without-a-file": (("--gold", "first", "--pin", "mine"), 2, "--pin needs --floors"),
    "floors-missing": (("--gold", "first", "--floors", "floors.toml"), 1, "cannot read floors.toml"),
    "broken-markup": (("--gold", "broken.txt"), 1, "broken.txt:8"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_scored_gets_one_line(
    arguments: tuple[str, ...], code: int, words: str, folder: Path
) -> None:
    (folder / "broken.txt").write_text(written("[s1.content a"), encoding="utf-8")
    ran = narrative("evaluate", *arguments, cwd=folder)
    assert ran.code == code
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_floors_hold_between_runs(folder: Path) -> None:
    pinned = narrative("evaluate", "--gold", "first", "--floors", "f.toml", "--pin", "mine", cwd=folder)
    assert pinned.code == 0, pinned.err
    held = narrative("evaluate", "--gold", "first", "--floors", "f.toml", "--set", "mine", cwd=folder)
    assert held.code == 0, held.err
    text = (folder / "f.toml").read_text().replace('statements.f1" = 1.0', 'statements.f1" = 1.2')
    (folder / "f.toml").write_text(text)
    fallen = narrative("evaluate", "--gold", "first", "--floors", "f.toml", "--set", "mine", cwd=folder)
    assert fallen.code == 1
    assert "the floor is 1.2" in fallen.err
