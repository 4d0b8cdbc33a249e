"""Stance: which pairs are judged, what becomes a view, and what free text and words give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.errors import UsageError
from narrative.read.candidates import Scene
from narrative.read.encoder import Judged, Reader, StanceModel
from narrative.read.passages import passages
from narrative.read.stance import judge_free, views
from narrative.targets import Targets, load_targets
from narrative.terms import Article, Figure, Mention, Span, Statement, View, Vintage
from tests.scripted_model import BEARISH, BULLISH, NO_VIEW, UNSURE, Scripted

VINTAGE = Vintage("scripted", "targets-1")
SHARE = st.floats(0, 1)


def made(
    text: str, said: str, model: StanceModel, targets: Targets, firm: str | None = None, dup: bool = False
) -> tuple[View, ...]:
    """The views of one statement with the words `said`, in an article that names `firm` wherever it stands."""
    article = Article("a1", "", "", text.split("\n")[0], text)
    content = Span(text.index(said), text.index(said) + len(said))
    statement = Statement("s1", "direct", (content,), None, None, "Ann Lee", None, firm, dup)
    mentions = [
        Mention("firm", Span(at, at + len(name)), name, name)
        for name in ("Orrin Pumps", "Kestrel")
        for at in range(len(text))
        if text.startswith(name, at)
    ]
    figures = [
        Figure("f1", content, said, 1.0, "percent"),
        Figure("f2", Span(0, 1), text[:1], 1.0, "percent"),
    ]
    return views(article, passages(article), mentions, figures, [statement], model, targets, VINTAGE)


BOTH = "A turn in the market\n\n“Small caps will beat mega-cap tech,” said Ann Lee."
SAID = "Small caps will beat mega-cap tech"


# --- views ---------------------------------------------------------------------------------------------------


def test_each_target_of_a_statement_has_a_view_of_its_own(targets: Targets) -> None:
    model = Scripted({"small caps": BULLISH, "mega-cap tech": BEARISH})
    found = {view.target: view.stance for view in made(BOTH, SAID, model, targets)}
    assert found == {"small_caps": "bullish", "mega_cap_tech": "bearish"}


TOPICS = [
    (
        "Treasury yields will climb above 5%",
        ["interest_rates"],
        "yields are no bonds: what lifts one sinks the other",
    ),
    ("bonds will sell off as yields climb", ["bonds", "interest_rates"], "both are named"),
    ("paper of ten years looks cheap", ["bonds"], "bonds in other words"),
]


@pytest.mark.parametrize(("said", "asked", "reason"), TOPICS, ids=[row[2] for row in TOPICS])
def test_a_topic_that_moves_against_what_is_named_is_not_asked_about(
    said: str, asked: list[str], reason: str, targets: Targets
) -> None:
    article = Article("a1", "", "", said, said)
    scene = Scene(said, passages(article), (), targets)
    found = scene.candidates([Span(0, len(said))], None, {"bonds": 0.9})
    assert sorted(one.target for one in found) == asked, reason


EARLIER = [
    ({"bonds": 0.3, "gold": 0.004}, ["bonds"], "hardly about gold, which only earlier words name"),
    ({"bonds": 0.02, "gold": 0.03}, ["bonds", "gold"], "either is possible"),
    ({}, ["bonds", "gold"], "nothing is known: both are asked about"),
    ({"gold": 0.9}, ["bonds", "gold"], "a target of one's own, unknown to the model, is asked about"),
]


@pytest.mark.parametrize(("chances", "asked", "reason"), EARLIER, ids=[row[2] for row in EARLIER])
def test_a_target_of_earlier_words_is_asked_about_unless_the_statement_is_hardly_about_it(
    chances: dict[str, float], asked: list[str], reason: str, targets: Targets
) -> None:
    text = "Bonds and gold fell. Ann Lee said they look dear."
    scene = Scene(text, passages(Article("a1", "", "", text, text)), (), targets)
    at = text.index("they")
    found = scene.candidates([Span(at, len(text) - 1)], None, chances)
    assert sorted(one.target for one in found) == asked, reason


RIVALS = [
    ({"gold": 0.01}, ["stock:Orrin Pumps"], "about nothing else"),
    ({"gold": 0.3}, [], "about gold, so not about the company of the headline"),
]


@pytest.mark.parametrize(("chances", "asked", "reason"), RIVALS, ids=[row[2] for row in RIVALS])
def test_a_company_of_earlier_words_gives_way_to_another_subject(
    chances: dict[str, float], asked: list[str], reason: str, targets: Targets
) -> None:
    text = "Orrin Pumps fell. Ann Lee said it will rise."
    firm = Mention("firm", Span(0, 11), "Orrin Pumps", "Orrin Pumps")
    scene = Scene(text, passages(Article("a1", "", "", text, text)), [firm], targets)
    at = text.index("it will")
    found = scene.candidates([Span(at, len(text) - 1)], None, chances)
    assert [one.target for one in found] == asked, reason


def test_the_model_sees_the_statement_and_the_names_of_the_target(targets: Targets) -> None:
    model = Scripted()
    made(BOTH, SAID, model, targets)
    for pair in model.asked:
        ((start, end),) = pair.said
        assert pair.text[start:end] == SAID
        assert [pair.text[s:e].lower() for s, e in pair.named] == [pair.target]


def test_statements_in_a_repeated_body_are_not_judged(targets: Targets) -> None:
    model = Scripted()
    assert made(BOTH, SAID, model, targets, dup=True) == ()
    assert model.asked == []


OWN = {
    # a firm's words on itself are no view; on another firm they are
    "own-firm": ("Orrin Pumps", set()),
    "own-firm-in-full": ("Orrin Pumps Holdings", set()),
    "another-firm": ("Kestrel", {"stock:Orrin Pumps"}),
    "no-firm": (None, {"stock:Orrin Pumps"}),
}


@pytest.mark.parametrize(("firm", "expected"), OWN.values(), ids=OWN)
def test_the_speaker_s_own_firm_is_no_target(firm: str | None, expected: set[str], targets: Targets) -> None:
    text = "News of a firm\n\n“Orrin Pumps will double this year,” said Ann Lee."
    found = made(text, "Orrin Pumps will double this year", Scripted(), targets, firm)
    assert {view.target for view in found} == expected


def test_a_target_that_is_only_mentioned_makes_no_view(targets: Targets) -> None:
    model = Scripted({"mega-cap tech": NO_VIEW})
    assert [view.target for view in made(BOTH, SAID, model, targets)] == ["small_caps"]
    assert len(model.asked) == 2


def test_an_unsure_view_keeps_its_label_and_is_marked(targets: Targets) -> None:
    found = made(BOTH, SAID, Scripted({"small caps": UNSURE}), targets)
    assert {view.target: (view.stance, view.abstained) for view in found} == {
        "small_caps": ("bullish", True),
        "mega_cap_tech": ("bullish", False),
    }


def test_a_view_points_at_the_figures_in_its_words(targets: Targets) -> None:
    assert {view.figures for view in made(BOTH, SAID, Scripted(), targets)} == {("f1",)}


def test_view_ids_name_statement_target_and_vintage(targets: Targets) -> None:
    first, again = (made(BOTH, SAID, Scripted(), targets) for _ in range(2))
    assert first == again
    assert len({view.id for view in first}) == 2


def test_a_target_in_an_earlier_sentence_is_resolved_and_says_so(targets: Targets) -> None:
    text = "Small caps\n\nSmall caps rose on Monday. “The group has further to go,” said Ann Lee."
    (view,) = made(text, "The group has further to go", Scripted(), targets)
    assert view.target == "small_caps"
    assert (view.named or "").startswith("resolved from an earlier sentence")


@given(bullish=SHARE, bearish=SHARE, neutral=SHARE)
def test_the_label_is_the_largest_share(bullish: float, bearish: float, neutral: float) -> None:
    total = (bullish + bearish + neutral) or 1.0
    judged = Judged(bullish / total, bearish / total, neutral / total, 1.0)
    for view in made(BOTH, SAID, Scripted(default=judged), load_targets()):
        shares = {"bullish": view.bullish, "bearish": view.bearish, "neutral": view.neutral}
        assert shares[view.stance] == max(shares.values())
        assert view.abstained == (max(judged[:3]) < 0.5)


def test_the_shipped_model_judges_one_article_the_same_among_others(reader: Reader, targets: Targets) -> None:
    first = made(BOTH, SAID, reader, targets)
    made(BOTH.replace("beat", "trail"), SAID.replace("beat", "trail"), reader, targets)
    assert made(BOTH, SAID, reader, targets) == first


# --- free text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["small_caps", "small caps", "Small-caps", "IWM"])
def test_an_id_and_its_words_are_one_target(target: str, targets: Targets) -> None:
    model = Scripted()
    judge_free("We like small caps here.", target, model, targets)
    (pair,) = model.asked
    assert pair.target == "small caps"
    assert [pair.text[s:e] for s, e in pair.named] == ["small caps"]


def test_free_words_are_marked_where_they_stand(targets: Targets) -> None:
    model = Scripted()
    judge_free("Tankers (VLCC) rose; tankers (vlcc) fell.", "tankers (VLCC)", model, targets)
    (pair,) = model.asked
    assert [pair.text[s:e] for s, e in pair.named] == ["Tankers (VLCC)", "tankers (vlcc)"]


def test_no_view_reads_as_neutral(targets: Targets) -> None:
    found = judge_free("Small caps.", "small_caps", Scripted(default=Judged(0.7, 0.2, 0.1, 0.1)), targets)
    assert found["stance"] == "neutral"
    assert found["neutral"] == pytest.approx(0.91)


@given(bullish=SHARE, bearish=SHARE, judged=SHARE)
def test_free_shares_sum_to_one(bullish: float, bearish: float, judged: float) -> None:
    total = bullish + bearish + 1
    answer = Judged(bullish / total, bearish / total, 1 / total, judged)
    found = judge_free("Gold.", "gold", Scripted(default=answer), load_targets())
    assert sum(float(found[name]) for name in ("bullish", "bearish", "neutral")) == pytest.approx(1, abs=3e-6)


def test_unsure_free_text_abstains(targets: Targets) -> None:
    answer = UNSURE._replace(judged=1.0)
    assert judge_free("Gold.", "gold", Scripted(default=answer), targets)["abstained"]


def test_a_stock_without_a_name_is_refused(targets: Targets) -> None:
    with pytest.raises(UsageError, match="stock:TICKER"):
        judge_free("Up.", "stock:", Scripted(), targets)


@pytest.mark.parametrize(
    "text", ["", " ", "東京", "a" * 20_000], ids=["empty", "blank", "foreign", "endless"]
)
def test_any_text_is_judged(text: str, reader: Reader, targets: Targets) -> None:
    found = judge_free(text, "small_caps", reader, targets)
    assert found["stance"] in ("bullish", "bearish", "neutral")
