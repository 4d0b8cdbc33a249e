"""The corpus markup: taken out and drawn back without loss, refused with its place, and what the marks mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import NarrativeError
from narrative.read.annotated import GoldArticle
from narrative.read.candidates import Scene
from narrative.read.corpus import as_article, gold_mentions, gold_pairs, split_of
from narrative.read.gold import parse_gold, read_gold
from narrative.read.markup import draw, take_marks
from narrative.read.passages import passages
from narrative.read.voice import voice
from narrative.targets import Targets
from tests.gold_text import gold
from tests.scripted_model import Scripted

FILE = Path("x.txt")


def words(article: GoldArticle, *spans: tuple[int, int]) -> list[str]:
    return [article.text[start:end] for start, end in spans]


# --- the marks -----------------------------------------------------------------------------------------------

PLAIN = st.text(alphabet="ab“” .\\[]\né", min_size=0, max_size=12)
INNER = st.text(alphabet="abé\\[]", min_size=1, max_size=8)
TAGS = st.sampled_from(
    ["p", "o", "s1.content", "s2.cue=s1", "s3.source", "f4.percent", "s5.title", "s6.firm"]
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


@st.composite
def marked_texts(draw_from: st.DrawFn) -> tuple[str, str]:
    """A marked text and the same text without marks."""
    marked, clean = "", ""
    for _ in range(draw_from(st.integers(0, 5))):
        plain, inner, tag = draw_from(PLAIN), draw_from(INNER), draw_from(TAGS)
        around = draw_from(st.booleans()) and not tag.startswith("s3.source")
        piece = f"[{tag} {escaped(inner)}]"
        marked += escaped(plain) + (f"[s3.source by {piece}]" if around else piece)
        clean += plain + ("by " if around else "") + inner
    return marked, clean


@given(marked_texts())
def test_marks_are_taken_out_and_drawn_back(texts: tuple[str, str]) -> None:
    marked, clean = texts
    found = take_marks(marked, FILE)
    assert found.text == clean
    assert draw(found.text, found.marks) == marked


@given(marked_texts())
def test_every_span_is_what_was_marked(texts: tuple[str, str]) -> None:
    found = take_marks(texts[0], FILE)
    for tag, (start, end) in found.marks:
        inside = tuple(
            mark for mark in found.marks if mark.span != (start, end) and start <= mark.span[0] < end
        )
        moved = [
            mark._replace(span=type(mark.span)(mark.span[0] - start, mark.span[1] - start)) for mark in inside
        ]
        assert f"[{tag} {draw(found.text[start:end], moved)}]" in texts[0]


REFUSED = {
    # why: (body, line, words of the message)
    "unknown-tag": ("One\n[s1.verb said] it", 9, "unknown mark"),
    "bare-bracket": ("One\n[sic] it", 9, "unknown mark"),
    "never-closed": ("One\n\n[p Ann", 10, "never closed"),
    "closed-twice": ("[p Ann]]", 8, "without an opening one"),
    "blank-at-the-edge": ("One\n[p Ann ]", 9, "blanks at its edges"),
    "empty": ("One\n[p ]", 9, "is empty"),
    "over-a-line-end": ("One\n[s1.content we\nbuy]", 9, "runs over a line end"),
    "content-in-content": ("One\n[s1.content a [s2.content b]]", 9, "of the same kind"),
    "figure-in-figure": ("[f1.percent 1 [f2.percent 2%]]", 8, "of the same kind"),
    "person-in-speaker": ("[s1.speaker Ann [p Lee]] [s1.content x]", 8, "of the same kind"),
    "mark-in-dup": ("One\n[dup a\n[p Ann]]", 10, "inside a dup or junk region"),
    "mark-in-junk": ("[junk Ad by [o Firm]]", 8, "inside a dup or junk region"),
    "two-cues": ("[s1.cue said] [s1.content x]\n[s1.cue added]", 9, "two cue marks"),
    "no-content": ("One\n[s1.cue said]", 9, "no content mark"),
    "unknown-unit": ("One\n[f1.Euro 3]", 9, "the unit 'Euro'"),
    "figure-twice": ("[f1.percent 3%]\n[f1.percent 4%]", 9, "marked twice"),
    "source-of-nobody": ("One\n[s1.content x] [s1.source=s7 he]", 9, "does not exist or loops"),
    "sources-in-a-circle": ("[s1.content x] [s1.source=s2 he]\n[s2.content y] [s2.source=s1 he]", 8, "loops"),
}


@pytest.mark.parametrize(("body", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_with_its_place(body: str, line: int, message: str) -> None:
    with pytest.raises(NarrativeError) as refused:
        gold(body)
    assert str(refused.value).startswith(f"x.txt:{line}: ")
    assert message in str(refused.value)


VIEW = '[[view]]\nstatement = "s1"\ntarget = "gold"\n'
HEADERS = {
    "unknown-key": ("color = 1\n", "does not know color"),
    "view-without-stance": (VIEW, "needs statement, target and stance"),
    "view-with-other-key": (VIEW + 'stance = "bullish"\nwhy = "so"\n', "may have"),
    "view-of-no-statement": ('[[view]]\nstatement = "s9"\ntarget = "gold"\nstance = "bullish"\n', "'s9'"),
    "view-of-another-stance": (VIEW + 'stance = "upbeat"\n', "'upbeat'"),
    "two-views-of-a-pair": ((VIEW + 'stance = "bullish"\n') * 2, "two views"),
    "statement-without-marks": ('[statement.s9]\nfirm = "A"\n', "statement.s9"),
    "statement-with-other-key": ('[statement.s1]\nbank = "A"\n', "may only have"),
    "name-not-in-the-text": ('[statement.s1]\nfirm = "Elsewhere"\n', "does not stand in the text"),
    "figure-without-mark": ("[figure.f9]\nvalue = 1.0\n", "figure.f9"),
    "figure-with-another-direction": ('[figure.f1]\ndirection = "rise"\n', "which it cannot have"),
    "figure-with-words-as-value": ('[figure.f1]\nvalue = "three"\n', "which it cannot have"),
    "flag-in-words": (VIEW + 'stance = "bullish"\nhedged = "no"\n', "which it cannot have"),
    "target-as-a-number": (VIEW.replace('"gold"', "5") + 'stance = "bullish"\n', "which it cannot have"),
    "covers-as-text": ('covers = "hedged"\n', "list of texts"),
    "figure-with-other-key": ("[figure.f1]\nsize = 1.0\n", "may only have"),
    "broken-toml": ("id = \n", "front matter"),
}


@pytest.mark.parametrize(("header", "message"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_makes_no_sense_is_refused(header: str, message: str) -> None:
    with pytest.raises(NarrativeError, match=r"^x\.txt") as refused:
        gold("[s1.content Gold is up [f1.percent 3%]]", header)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe", b"no front matter"], ids=["missing", "binary", "bare"]
)
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NarrativeError, match=r"a\.txt"):
        read_gold(path)


def test_a_file_of_one_s_own_needs_three_keys(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(
        '+++\nid = "x"\npublished = 2026-01-14\noutlet = "One"\n+++\nText.\n', encoding="utf-8-sig"
    )
    article = read_gold(path)  # the byte order mark of some editors is no text
    assert (article.family, article.header["shape"]) == ("x", "")
    with pytest.raises(NarrativeError, match="the front matter needs outlet, published"):
        parse_gold('+++\nid = "x"\n+++\nText.\n', FILE)
    with pytest.raises(NarrativeError, match="published must be a day"):
        parse_gold('+++\nid = "x"\noutlet = "One"\npublished = "today"\n+++\nText.\n', FILE)


# --- what they mean ------------------------------------------------------------------------------------------


def test_a_source_is_taken_over_along_a_chain() -> None:
    first = "[s1.source [s1.speaker Ann Lee], [s1.title strategist] at [s1.firm Harbor Pine]] said [s1.content a]."
    rest = "[s2.source=s1 She] said [s2.content b]. [s3.cue=s2 Adding]: [s3.content c]."
    article = gold(f"{first} {rest}")
    for statement in article.statements:
        assert (statement.speaker, statement.title, statement.firm) == (
            "Ann Lee",
            "strategist",
            "Harbor Pine",
        )
    assert [statement.cue is not None for statement in article.statements] == [False, False, True]


def test_a_chain_fills_gaps_only() -> None:
    body = "[s1.speaker Ann Lee] of [s1.firm One]: [s1.content a]. [s2.source=s1 She], now at [s2.firm Two]: [s2.content b]."
    last = gold(body).statements[-1]
    assert (last.speaker, last.firm) == ("Ann Lee", "Two")


def test_the_front_matter_names_what_stands_elsewhere() -> None:
    article = gold(
        "[s1.content a], he said. Ann Lee runs Harbor Pine.", '[statement.s1]\nspeaker = "Ann Lee"\n'
    )
    assert article.statements[0].speaker == "Ann Lee"


MODES = {
    # what is said: its mode
    "direct": ("“[s1.content We buy],” she said.", "direct"),
    "straight-quotes": ('"[s1.content We buy]," she said.', "direct"),
    "single-quotes": ("‘[s1.content We buy],’ she said.", "direct"),
    "stop-inside": ("She said: “[s1.content We buy.]”", "direct"),
    "split": ("“[s1.content We buy],” she said, “[s1.content and hold].”", "direct"),
    "continued-paragraph": ("“[s1.content We buy.]\n\n“[s1.content We hold.]” she said.", "direct"),
    "continued-from-mid-paragraph": ("She said: “[s1.content We buy.]\n\n“[s1.content We hold.]”", "direct"),
    "indirect": ("She said [s1.content they buy].", "indirect"),
    "behind-an-apostrophe": ("In the strategists' [s1.content view we buy]\n\nMore.", "indirect"),
    "label-quote": ("She said [s1.content the “rally” is over].", "indirect"),
    "mixed": ("She said [s1.content they buy]. “[s1.content We hold],” she added.", "mixed"),
}


@pytest.mark.parametrize(("body", "mode"), MODES.values(), ids=MODES)
def test_the_mode_follows_from_the_quote_marks(body: str, mode: str) -> None:
    assert gold(body).statements[0].mode == mode


def test_names_and_regions_are_kept_apart() -> None:
    article = gold(
        "[p Ann Lee] of [o Harbor Pine] met [s1.speaker Tom Ode]: [s1.content x].\n[dup a\nb]\n[junk Ad]"
    )
    assert words(article, *article.people) == ["Ann Lee", "Tom Ode"]
    assert words(article, *article.firms) == ["Harbor Pine"]
    assert words(article, *article.dups, *article.junk) == ["a\nb", "Ad"]


def test_figures_have_unit_and_facts() -> None:
    (figure,) = gold("Up [f1.percent 6.2%].", '[figure.f1]\nsubject = "Up"\ndirection = "up"\n').figures
    assert (figure.unit, figure.subject, figure.direction, figure.value) == ("percent", "Up", "up", None)


# --- the corpus ----------------------------------------------------------------------------------------------

PAIRED = (
    '[[view]]\nstatement = "s1"\ntarget = "small_caps"\nstance = "bullish"\n',
    "Small caps against tech\n\n"
    "“[s1.content Small caps will beat mega-cap tech],” said [s1.speaker Ann Lee] of [s1.firm Pine Inc.].",
)


def test_a_target_that_is_only_named_is_a_pair_without_view(targets: Targets) -> None:
    header, body = PAIRED
    found = {pair.target: pair.label for pair in gold_pairs(gold(body, header), targets)}
    assert found == {"small_caps": "bullish", "mega_cap_tech": "unjudged"}


def test_training_asks_what_the_reader_asks(targets: Targets) -> None:
    header, body = PAIRED
    article = gold(body, header)
    scene = Scene(article.text, passages(as_article(article)), gold_mentions(article), targets)
    said = article.statements[0]
    who = voice(said.speaker, said.title, said.firm)
    asked = [c.pair for c in scene.candidates(said.content, said.firm, voice=who)]
    assert sorted(asked, key=str) == sorted((pair.pair for pair in gold_pairs(article, targets)), key=str)
    assert Scripted().judge(asked[0])


def test_a_short_name_has_the_full_one_as_key() -> None:
    article = gold("[p Ann Lee] of [o Pine Inc.] spoke. [p Lee] left [o Pine].")
    keys = {mention.text: mention.key for mention in gold_mentions(article)}
    assert keys == {"Ann Lee": "Ann Lee", "Lee": "Ann Lee", "Pine Inc.": "Pine Inc.", "Pine": "Pine Inc."}


def test_a_family_stays_on_one_side() -> None:
    articles = [gold("One."), gold("Two.")]
    assert len({split_of(article) for article in articles}) == 1
    unseen = '[[view]]\nstatement = "s1"\ntarget = "strong_dollar"\nstance = "bullish"\n'
    assert split_of(gold("[s1.content x]", unseen)) == "test"
