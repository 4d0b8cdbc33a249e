"""Passages and sentences: what is read, what is left out, what is marked as a copy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import article, cut

from narrative.errors import NarrativeError
from narrative.read.junk import is_control
from narrative.read.language import is_english, sentences
from narrative.read.passages import passages
from narrative.read.repeats import repeated_bodies
from narrative.read.tables import is_row, is_rule
from narrative.terms import Article
from tests.fuzzing import in_time

BODY = "Small companies had their best week in years, and the buyers keep coming, a trader said."
MORE = "The broad market was little changed over the same days, and volume stayed low everywhere."
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)

SENTENCES = [
    ("company", "Shares of Oracle Corp. rose. They fell.", ["Shares of Oracle Corp. rose.", "They fell."]),
    (
        "company-ends",
        "He works at Harbor Pine Inc. She does not.",
        ["He works at Harbor Pine Inc.", "She does not."],
    ),
    ("country", "The U.S. economy grew. It slowed.", ["The U.S. economy grew.", "It slowed."]),
    ("number", "It is No. 2 on Jan. 14. Next.", ["It is No. 2 on Jan. 14.", "Next."]),
    ("title", "Mr. Arone met Dr. Lee of St. Louis. Fine.", ["Mr. Arone met Dr. Lee of St. Louis.", "Fine."]),
    (
        "initials",
        "J.P. Morgan and Michael A. Arone spoke. Then left.",
        ["J.P. Morgan and Michael A. Arone spoke.", "Then left."],
    ),
    ("decimal", "It rose 3.5 percent. Then 2.", ["It rose 3.5 percent.", "Then 2."]),
    ("curly-quote", "“We like it.” He left.", ["“We like it.”", "He left."]),
    ("straight-quote", '"We like it." He left.', ['"We like it."', "He left."]),
    ("asked", '"Is it over?" he asked. No.', ['"Is it over?" he asked.', "No."]),
    ("clock", "It closed at 4 p.m. The rest waited.", ["It closed at 4 p.m.", "The rest waited."]),
    ("glued", "It rose 3%.The next day it fell.", ["It rose 3%.", "The next day it fell."]),
    ("glued-word", "It lasts nine minutes.Trader logo", ["It lasts nine minutes.", "Trader logo"]),
    ("ellipsis", "Wait... and see. Then act.", ["Wait... and see.", "Then act."]),
    ("bracket", "(It rose.) It fell.", ["(It rose.)", "It fell."]),
    ("hard-space", "They lose money.\u00a071% of them.", ["They lose money.", "71% of them."]),
    ("lower-brand", "It fell. iShares said so.", ["It fell.", "iShares said so."]),
    ("lines", "One line\nAnother line", ["One line", "Another line"]),
    ("web-address", "See Amazon.com today. Or not.", ["See Amazon.com today.", "Or not."]),
]

JUNK = [
    ("cookies", "We use cookies on this website to give you a better experience of our services."),
    ("consent", "You can manage your consent and your cookie preferences on this site at any time."),
    ("broker-risk", "CFDs are complex. 71.4% of retail investor accounts lose money with this provider."),
    ("registration", "Quill Ltd, registered in England, company number 1234567, is authorised and regulated by us."),
    ("jurisdiction", "This site is not directed at residents of any country where it is contrary to local law."),
    ("copyright", "© 2026 Quay Street Media, Inc. All Rights Reserved."),
    ("photo", "Photo by Ann Lee on Unsplash"),
    ("photo-agency", "Traders on the floor of an exchange (Bo Reed/Getty Images)"),
    ("byline", "By Ann Lee and Bo Reed"),
    ("byline-glued", "By Ann LeePublished about 9 hours ago 4 min read"),
    ("date-line", "Published Jan. 14, 2026 at 3:20 p.m. ET"),
    ("ago", "11 hours ago"),
    ("share", "Share this article"),
    ("comments", "Be the first to respond and start the conversation."),
    ("sign-in", "Sign in to comment"),
    ("newsletter", "Sign up for our daily newsletter and get the stories that matter in your inbox."),
    ("logo", "Trader logo"),
    ("tags", "careereconomyinvestingpersonal financestocks"),
    ("related", "Read more: Ten ways to save on groceries"),
    ("editors", "Reporting by Ann Lee; Editing by Bo Reed"),
    ("link", "www.quilltrading.example is owned and operated by Quill Trading (UK) Ltd."),
]  # fmt: skip

NEWS = [
    ("short-quote", '"That is right," Reed said.'),
    ("privacy-news", 'Orrin said its privacy policy will change, "and users must give consent," Ann Lee said.'),
    ("past-performance", "Past performance is not indicative of future results, and a rally will need earnings."),
    ("subscription-news", "The paper said subscription revenue rose 12% as readers chose to pay for the newsletter."),
    ("advertising-news", "Advertising revenue fell 3% in the quarter, analysts at Harlow Point Capital said."),
    ("regulator-news", "The broker, authorised and regulated by the Financial Conduct Authority, said profit doubled."),
]  # fmt: skip


def kept(text: str) -> list[str]:
    made = article(text)
    return [text[slice(*passage.span)] for passage in passages(made)]


@pytest.mark.parametrize(
    ("text", "wanted"), [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES]
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert cut(text, sentences(text)) == wanted


def test_hard_wrapped_sentences_cross_line_breaks() -> None:
    text = "Small caps rose, said Ann\nLee. They fell."
    assert cut(text, sentences(text, wrapped=True)) == ["Small caps rose, said Ann\nLee.", "They fell."]


@given(TEXTS)
def test_sentences_are_in_order_and_without_outer_space(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (BODY, True),
        ("Small caps surge", True),
        (
            "Die Aktien der kleinen Unternehmen sind in den letzten Wochen stark gestiegen und das ist nicht alles",
            False,
        ),
        (
            "Les actions des petites entreprises ont progressé dans les dernières semaines et ce n’est pas fini",
            False,
        ),
        ("株式市場は上昇した。", False),
    ],
    ids=["english", "headline", "german", "french", "japanese"],
)
def test_is_english(text: str, *, english: bool) -> None:
    assert is_english(text) is english


@pytest.mark.parametrize("junk", [row[1] for row in JUNK], ids=[row[0] for row in JUNK])
@pytest.mark.parametrize("place", ["between", "behind"])
def test_junk_is_located_and_not_returned(junk: str, place: str) -> None:
    text = f"{BODY}\n\n{junk}\n\n{MORE}" if place == "between" else f"{BODY}\n\n{MORE}\n\n{junk}"
    assert kept(text) == [BODY, MORE]


@pytest.mark.parametrize("news", [row[1] for row in NEWS], ids=[row[0] for row in NEWS])
def test_news_that_sounds_like_a_notice_stays(news: str) -> None:
    assert kept(f"{BODY}\n\n{news}\n\n{MORE}") == [BODY, news, MORE]


def test_kinds() -> None:
    text = f"Small caps lead again\n\n{BODY}\n\n• {MORE}\n\n| Stock | Change |\n| Orrin | 3% |\n\n{BODY[:-1]} again."
    assert [passage.kind for passage in passages(article(text))] == [
        "heading",
        "paragraph",
        "bullet",
        "row",
        "row",
        "paragraph",
    ]


#: lines that can be cut in very many ways, as (reason, line, what it is)
ENDLESS = {
    "a number of forty digits": (f"Reference {'1' * 40}a", is_row, False),
    "numbers without an end, and then a word": (f"Orrin {'1,' * 90}a", is_row, False),
    "numbers without an end": (f"Orrin {'1.5%' * 90}", is_row, True),
    "dashes, and then a word": ("-" * 90_000 + "x", is_rule, False),
    "dashes": ("-" * 90_000, is_rule, True),
    "a word of sixty letters, and then a mark": ("a" * 60 + "!", is_control, False),
    "a name of a hundred hyphens": ("By Ann " + "-" * 2000 + "!", is_control, False),
    "digits of a megabyte": ("1" * 1_000_000, is_control, False),
}


@pytest.mark.parametrize(("line", "told", "wanted"), ENDLESS.values(), ids=ENDLESS)
def test_a_line_that_can_be_cut_in_many_ways_is_told_in_time(
    line: str, told: object, *, wanted: bool
) -> None:
    assert callable(told)
    arguments = (line, False) if told is is_row else (line,)
    with in_time():
        assert told(*arguments) is wanted


ROWS = [
    ("one number of several digits", "Orrin 12.5%", True),
    ("one number of one digit", "Orrin 5%", False),
    ("a signed number of one digit", "Orrin –5%", True),
    ("two decimals", "Orrin 8.25", True),
    ("one decimal", "Orrin 8.2", False),
    ("glued numbers", "Orrin 36.8034.94", True),
    ("not known", "Orrin N/A 5%", True),
    ("a sentence", "Orrin rose 12.5%.", False),
    ("a number without a sign or point", "Orrin 12", False),
]


@pytest.mark.parametrize(("line", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_rows(line: str, *, wanted: bool) -> None:
    assert is_row(line, after_row=False) is wanted


def test_a_menu_is_dropped_and_a_section_heading_stays() -> None:
    menu = "Stocks to watch\nFunds and bonds\nCurrencies\nOpinion pages\nLatest deals"
    text = f"{BODY}\n\nWhy it matters now\n\n{MORE}\n\n{menu}\n\nIn short, the rally has further to run, the trader said."
    assert kept(text)[1:3] == ["Why it matters now", MORE]
    assert len(kept(text)) == 4


def test_short_lines_behind_the_last_sentence_are_the_footer() -> None:
    assert kept(
        f"{BODY}\n\nBest Broker of the Year\nGolden Bull Awards\n\nTop Platform\nGolden Bull Awards"
    ) == [BODY]


def test_a_control_glued_to_a_sentence_is_cut_off() -> None:
    assert kept(f"{BODY}\n\nThe offer stands for the next nine minutes, he said.Trader logo\n\n{MORE}")[
        1
    ].endswith("he said.")


def test_a_hard_wrapped_paragraph_is_one_passage() -> None:
    lines = [
        "Small companies had their best week in years, and the buyers",
        "keep coming, said a trader at Harlow Point Capital on Monday",
        "evening, when the market had closed and the phones were off.",
    ]
    found = passages(article("\n".join(lines) + "\n\n" + MORE))
    assert [len(passage.sentences) for passage in found] == [1, 1]


def test_a_second_copy_of_the_body_is_marked() -> None:
    text = f"{BODY}\n\n{MORE}\n\nNothing else was new that day, the trader said.\n\n" * 2
    assert [passage.dup for passage in passages(article(text))] == [False] * 3 + [True] * 3


def test_a_pull_quote_is_marked_wherever_it_stands() -> None:
    quote = "the buyers keep coming, a trader said"
    found = passages(article(f"“The buyers keep coming, a trader said”\n\n{BODY}\n\n{MORE}"))
    assert quote in BODY
    assert [passage.dup for passage in found] == [True, False, False]


def test_a_changed_word_does_not_hide_a_repeated_body() -> None:
    lines = [
        f"On day {i} small companies rose by a little more than anybody had thought they would in spring."
        for i in range(4)
    ]
    again = [line.replace("spring", "summer") for line in lines]
    text = "\n".join([*lines, *again])
    assert repeated_bodies(text)[0].start <= text.index(again[0])


def test_nothing_is_repeated_in_plain_text() -> None:
    assert repeated_bodies(f"{BODY}\n\n{MORE}\n") == ()


@given(TEXTS)
def test_any_text_gives_ordered_passages_with_sentences_inside(text: str) -> None:
    last = 0
    for passage in passages(Article("x", "", "", "", text)):
        assert last <= passage.span.start < passage.span.end <= len(text)
        assert all(passage.span.start <= s < e <= passage.span.end for s, e in passage.sentences)
        last = passage.span.end


def test_an_empty_text_is_refused_before() -> None:
    with pytest.raises(NarrativeError, match="empty"):
        article(" \n ")
