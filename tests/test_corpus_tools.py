"""The corpus's own tools: what the checks find, where texts repeat, how differences were settled, floors, and the command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from corpus import settlement, similarity
from corpus.checks import findings
from narrative.errors import NarrativeError, UsageError
from narrative.evaluate.floors import broken, pinned, read_floors
from narrative.read.annotated import GoldArticle
from narrative.read.gold import parse_gold
from narrative.targets import Targets
from tests.gold_text import SMALL, gold, view, written
from tests.shell import narrative

LEE = "[s1.source [s1.speaker Ann Lee] of [s1.firm Harbor Pine]] [s1.cue said] [s1.content small caps will lead the market this year]."

# --- checks --------------------------------------------------------------------------------------------------

SLIPS = {
    # why: (header, body, words of the rule)
    "that-inside": ("", LEE.replace("[s1.content small", "[s1.content that small"), "begins with 'that'"),
    "comma-inside": ("", '"[s1.content We buy,]" said [s1.speaker Ann Lee].', "ends with a mark"),
    "stop-inside-at-the-end": ("", LEE.replace("year].", "year.]"), "ends with a mark"),
    "own-firm-under-a-longer-name": (
        view("s1", "stock:Harbor Pine", "bullish"),
        LEE.replace("Harbor Pine]", "Harbor Pine Capital]"),
        "own firm",
    ),
    "unknown-shape": ("covers = []\n", LEE, "unknown shape"),
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
    shape = "poem" if "shape" in rule else "wire"
    assert [found for found in findings(gold(body, header, shape=shape), targets) if rule in found.rule]


def test_a_clean_article_has_no_findings(targets: Targets) -> None:
    body = f"{LEE} [p Lee] saw [f1.percent 3%].\n\n[junk He said 4% of $5]"
    assert not list(findings(gold(body, SMALL), targets))


def test_the_guidelines_example_keeps_the_guidelines(targets: Targets) -> None:
    guidelines = (Path(similarity.__file__).parent / "GUIDELINES.md").read_text(encoding="utf-8")
    block = guidelines[guidelines.index("    +++\n") : guidelines.index("(A paragraph is one line")]
    lines = [line.removeprefix("    ") for line in block.rstrip().split("\n")]
    raw = "\n".join(lines).replace("small\ncompanies", "small companies")
    article = parse_gold(f"{raw}\n", Path("GUIDELINES.md"))
    assert not list(findings(article, targets))
    assert [view.statement for view in article.views] == [s.name for s in article.statements]
    assert {s.firm for s in article.statements} == {"Harbor Pine"}


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


def test_a_template_is_found_however_often_it_is_used() -> None:
    copies = [gold(RISE, id=f"a{n}", family=f"f{n}") for n in range(45)]
    assert len(similarity.near_duplicates(copies)) == 45 * 44 / 2


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
CUT = (  # two halves of the same words
    LEE.replace(" the market this year]", "] the market this year"),
    LEE.replace("[s1.content small caps will lead", "small caps will [s1.content lead"),
)
SETTLED = {
    # why: (first, second, now, counts)
    "no-difference": ((LEE, BULL), (LEE, BULL), (LEE, BULL), {}),
    "stance-by-the-second": ((LEE, BULL), (LEE, BEAR), (LEE, BEAR), {"second": 1}),
    "target-by-the-first": ((LEE, BULL), (LEE, NONE), (LEE, BULL), {"first": 1}),
    "by-neither": ((LEE, BULL), (LEE, BEAR), (LEE, NONE), {"neither": 1}),
    "statement-by-the-second": ((UNMARKED, NONE), (LEE, NONE), (LEE, NONE), {"second": 1}),
    "statement-dropped": ((LEE, NONE), (UNMARKED, NONE), (UNMARKED, NONE), {"second": 1}),
    "another-cut-by-neither": ((CUT[0], NONE), (CUT[1], NONE), (LEE, NONE), {"neither": 1}),
    "another-cut-by-the-first": ((CUT[0], NONE), (CUT[1], NONE), (CUT[0], NONE), {"first": 1}),
    "dropped-though-both-had-it": ((LEE, NONE), (LEE, NONE), (UNMARKED, NONE), {"neither": 1}),
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


def keep(path: Path, value: float, name: str = "dev", *, lower: bool = False) -> list[str]:
    """Pin a score; return what was lowered."""
    text, lowered = pinned(scores(value), read_floors(path, missing=True), name, "abc", lower=lower)
    path.write_text(text)
    return lowered


def test_floors_are_pinned_held_and_lowered_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    keep(path, 0.8)
    tables = read_floors(path, "dev")
    assert not broken(scores(0.795), tables, "dev", "abc"), "another processor's arithmetic is no fall"
    assert "is 0.7, the floor is 0.8" in broken(scores(0.7), tables, "dev", "abc")[0]
    assert "not the one" in broken(scores(0.9), tables, "dev", "other gold")[0]
    with pytest.raises(NarrativeError, match="would be lowered"):
        keep(path, 0.7)
    assert keep(path, 0.7, lower=True) == ["found.statements.f1 0.8 -> 0.7"]
    keep(path, 0.5, "test-2")
    assert set(read_floors(path)) == {"dev", "test-2"}


@pytest.mark.parametrize("name", ["my set", "v1.2", ""])
def test_a_name_that_would_spoil_the_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot name floors"):
        keep(tmp_path / "floors.toml", 0.8, name)


FILES = {
    # why: (content, words)
    "not-toml": ("[dev", "cannot read"),
    "no-table": ("x = 1\n", "no table of floors"),
    "text-as-floor": ('[dev]\ngold = "a"\nx = "high"\n', "no table of floors"),
    "no-digest": ("[dev]\nx = 0.5\n", "no table of floors"),
    "another-table": ('[test]\ngold = "a"\n', "no floors for dev, but test"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_floors_file_is_refused(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text(content)
    with pytest.raises(NarrativeError, match=words):
        read_floors(tmp_path / "f.toml", "dev")


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
    assert max(map(len, ran.out.split("\n"))) <= 80
    table = json.loads(narrative("evaluate", "--gold", "first", "--json", "--errors", "1", cwd=folder).out)
    assert table["found"]["statements"]["f1"] == 1.0
    assert table["model"].startswith("reader+")
    stages = [d["stage"] for d in table["differences"]]
    assert stages
    assert len(stages) == len(set(stages)), "one of each stage was asked for"


def test_a_second_annotation_is_scored_against_the_first(folder: Path) -> None:
    ran = narrative("evaluate", "--gold", "first", "--against", "second", "--errors", "1", cwd=folder)
    assert "gold bullish on small_caps, here bearish" in ran.out
    (folder / "first" / "y.txt").write_text(written(LEE, BULL, id="y"), encoding="utf-8")
    partly = narrative("evaluate", "--gold", "first", "--against", "second", cwd=folder)
    assert "1 of the 2 articles of --gold are not in --against" in partly.err
    assert partly.out.startswith("1 article: agreement of two annotations")


BAD = {
    # why: (arguments, exit code, words)
    "no-such-gold": (("--gold", "third"), 1, "no gold at third"),
    "pin-without-a-file": (("--gold", "first", "--pin", "mine"), 2, "--pin needs --floors"),
    "pin-under-a-bad-name": (
        ("--gold", "first", "--floors", "f.toml", "--pin", "my set"),
        2,
        "cannot name floors",
    ),
    "lower-alone": (("--gold", "first", "--lower"), 2, "--lower goes with --pin"),
    "floors-of-an-annotation": (
        ("--gold", "first", "--against", "second", "--floors", "f.toml"),
        2,
        "a model's",
    ),
    "model-and-annotation": (
        ("--gold", "first", "--against", "second", "--model", "m"),
        2,
        "leave --model out",
    ),
    "texts-of-markup": (("--gold", "first", "--texts", "first"), 2, "goes with --gold FILE.jsonl"),
    "split-of-standoff": (("--gold", "a.jsonl", "--split", "dev"), 2, "have no splits"),
    "floors-missing": (
        ("--gold", "first", "--floors", "floors.toml"),
        1,
        "no floors.toml yet; write it with --pin",
    ),
    "against-nothing": (("--against", "second"), 2, "--against needs --gold"),
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
    held = narrative("evaluate", "--gold", "first", "--floors", "f.toml", cwd=folder)
    assert (held.code, held.err) == (0, "narrative: the floors of mine hold\n"), "the only ones of the file"
    text = (folder / "f.toml").read_text().replace('statements.f1" = 1.0', 'statements.f1" = 1.2')
    (folder / "f.toml").write_text(text)
    fallen = narrative("evaluate", "--gold", "first", "--floors", "f.toml", "--set", "mine", cwd=folder)
    assert fallen.code == 1
    assert "the floor is 1.2" in fallen.err
