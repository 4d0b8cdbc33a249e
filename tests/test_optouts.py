"""Opt-outs: what a site states about mining and training, read from the published forms and from nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.crawl.optouts import TRAINING_TOKENS, Permission, permission

URL = "https://quay.example/2026/01/14/small-caps-lead?page=2"
AGENT = "narrative"
ALL = "User-agent: *\n"


def of_robots(text: str, url: str = URL, agent: str = AGENT) -> Permission:
    return permission(url, agent, robots=text)


def of_page(head: str) -> Permission:
    return permission(URL, AGENT, page=f"<html><head>{head}</head><body></body></html>".encode())


def test_a_site_that_says_nothing_allows_everything() -> None:
    assert permission(URL, AGENT) == Permission(read=True, train=True, words=())


@pytest.mark.parametrize(
    ("robots", "read", "train"),
    [
        (ALL + "Content-Signal: search=yes,ai-train=no,use=reference\nAllow: /", True, False),
        (ALL + "Content-signal: ai-input=no, search=yes", False, False),
        (ALL + "Content-Signal: search=no", True, True),
        (ALL + "Content-Signal: ai-train=yes, ai-input=yes", True, True),
        (ALL + "# Content-Signal: ai-train=no", True, True),
        ("Content-Signal: ai-train=no\n" + ALL + "Allow: /", True, False),
        ("User-agent: otherbot\nContent-Signal: ai-train=no\n\n" + ALL + "Allow: /", True, True),
        ("User-agent: Narrative\nAllow: /\n\n" + ALL + "Content-Signal: ai-train=no", True, True),
        ("User-agent: a\nUser-agent: narrative\nContent-Signal: ai-train=no", True, False),
        (ALL + "Content-Usage: train-ai=n", True, False),
        (ALL + "Content-Usage: train-ai=n\nContent-Usage: /2026/ train-ai=y", True, True),
        (ALL + "Content-Usage: train-ai=y\nContent-Usage: /*/small-caps train-ai=n", True, False),
        (ALL + "Content-Usage: train-ai=y\nContent-Usage: train-ai=n", True, False),
        (ALL + "Content-Usage: bots=n", False, False),
        (ALL + "Content-Usage: /2025/ train-ai=n", True, True),
        (ALL + "DisallowAITraining: /", True, False),
        (ALL + "DisallowAITraining:", True, True),
        (ALL + "DisallowAITraining: /archive/", True, True),
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /", True, False),
        ("User-agent: CCBot\nDisallow: /", True, True),
        ("User-agent: Google-Extended\nDisallow: /\nAllow: /2026/", True, True),
        ("User-agent: Google-Extended\nDisallow: /2026/*lead?page=2$", True, False),
        ("User-agent: Google-Extended\nDisallow:", True, True),
        ("User-agent: GPTBot\nCrawl-delay: 9\nUser-agent: *\nDisallow: /", True, True),
        (ALL + "Disallow: /", True, True),
    ],
    ids=[
        "the managed form of a large network",
        "no input into models is no reading by one",
        "search is not our use",
        "said yes",
        "a comment states nothing",
        "ahead of any group",
        "another agent's group",
        "our own group stands over everybody's",
        "a group for several",
        "aipref",
        "aipref, longer path allows",
        "aipref, longer path with a star refuses",
        "aipref, equal paths: the refusal counts",
        "aipref, no automated use",
        "aipref, another path",
        "draft-canel",
        "draft-canel, empty is no ban",
        "draft-canel, another path",
        "a token for training is shut out",
        "an archive's crawler is no such token",
        "allowed again by the longer path",
        "star and end",
        "empty disallow shuts nothing",
        "a delay ends the list of agents",
        "crawling is not this function's question",
    ],
)
def test_robots(robots: str, *, read: bool, train: bool) -> None:
    found = of_robots(robots)
    assert (found.read, found.train) == (read, train)
    assert bool(found.words) == (not read or not train)


def test_the_words_are_told_with_their_place() -> None:
    found = of_robots(ALL + "Content-Signal:   search=yes, ai-train=no  # ours")
    assert found.words == ("robots.txt: Content-Signal: search=yes, ai-train=no",)


def test_what_refuses_the_reading_is_told_first_and_all_on_one_line() -> None:
    found = of_robots(ALL + "Content-Signal: ai-train=no\nContent-Signal: ai-input=no")
    assert found.note == "robots.txt: Content-Signal: ai-input=no; robots.txt: Content-Signal: ai-train=no"


def test_words_are_few_short_and_command_no_terminal() -> None:
    junk = f"\x1b]0;\x07\u202e{'x' * 999}"
    text = ALL + "".join(f"Content-Usage: train-ai=n, x{n}{junk}\n" for n in range(99))
    found = of_robots(text + "Content-Usage: bots=n")
    assert (found.read, found.train, len(found.words)) == (False, False, 20)
    assert found.words[0] == "robots.txt: Content-Usage: bots=n"
    assert all(len(words) <= 160 and words.isprintable() for words in found.words)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (Permission(), Permission(), Permission()),
        (Permission(train=False, words=("a",)), Permission(), Permission(train=False, words=("a",))),
        (
            Permission(train=False, words=("a", "b")),
            Permission(read=False, train=False, words=("b", "c")),
            Permission(read=False, train=False, words=("a", "b", "c")),
        ),
    ],
    ids=["two silences", "one refusal", "two refusals, a word in both"],
)
def test_two_permissions_leave_what_both_allow(
    first: Permission, second: Permission, joined: Permission
) -> None:
    assert first.joined(second) == joined


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_tags_are_found_in_every_coding_of_pages(coding: str) -> None:
    page = '<html><head><meta name="robots" content="noai"></head><body>é</body></html>'.encode(coding)
    assert not permission(URL, AGENT, page=page).train


@pytest.mark.parametrize("token", TRAINING_TOKENS)
def test_every_token_of_training_counts(token: str) -> None:
    found = of_robots(f"User-Agent: {token.upper()}\nDisallow: /")
    assert (found.read, found.train) == (True, False)
    assert token in found.words[0]


@pytest.mark.parametrize(
    ("header", "read", "train"),
    [
        (("X-Robots-Tag", "noai, noimageai"), True, False),
        (("x-robots-tag", "NoAI"), True, False),
        (("X-Robots-Tag", "noimageai"), True, True),
        (("X-Robots-Tag", "googlebot: noai, nofollow"), True, True),
        (("X-Robots-Tag", "googlebot: nofollow, narrative: noai"), True, False),
        (("X-Robots-Tag", "max-snippet: 20, noai"), True, False),
        (("TDM-Reservation", "1"), False, False),
        (("tdm-reservation", "0"), True, True),
        (("Content-Usage", "train-ai=n, search=y"), True, False),
        (("Content-Signal", "ai-train=no"), True, False),
        (("Content-Type", "noai"), True, True),
    ],
    ids=lambda value: ": ".join(value) if isinstance(value, tuple) else None,
)
def test_headers(header: tuple[str, str], *, read: bool, train: bool) -> None:
    found = permission(URL, AGENT, headers=[("Server", "x"), header])
    assert (found.read, found.train) == (read, train)


@pytest.mark.parametrize(
    ("head", "read", "train"),
    [
        ('<meta name="robots" content="index, noai">', True, False),
        ("<META CONTENT='noai' NAME='Robots'/>", True, False),
        ("<meta name=robots content=noai>", True, False),
        ('<meta name="narrative" content="noai">', True, False),
        ('<meta name="otherbot" content="noai">', True, True),
        ('<meta name="tdm-reservation" content="1">', False, False),
        ('<meta name="tdm-reservation" content="0">', True, True),
        ('<meta name="description" content="why noai matters">', True, True),
        ('<!-- <meta name="robots" content="noai"> -->', True, True),
        ('<script>x = \'<meta name="robots" content="noai">\'</script>', True, True),
        ('<!-- never closed <meta name="robots" content="noai">', True, True),
    ],
    ids=["robots", "case", "bare", "ours", "theirs", "mining", "free", "prose", "comment", "script", "open"],
)
def test_pages(head: str, *, read: bool, train: bool) -> None:
    found = of_page(head)
    assert (found.read, found.train) == (read, train)


@pytest.mark.parametrize(
    ("page", "header", "file", "read"),
    [
        ("0", "1", "1", True),
        ("1", "0", "0", False),
        (None, "0", "1", True),
        (None, "1", "0", False),
        (None, None, "1", False),
        (None, None, None, True),
    ],
    ids=["page frees", "page reserves", "header frees", "header reserves", "file reserves", "silence"],
)
def test_the_nearer_word_on_mining_counts(
    page: str | None, header: str | None, file: str | None, *, read: bool
) -> None:
    found = permission(
        URL,
        AGENT,
        headers=[("tdm-reservation", header)] if header else [],
        page=f'<meta name="tdm-reservation" content="{page}">'.encode() if page else b"",
        reservations=json.dumps([{"location": "/2026/*", "tdm-reservation": int(file)}]) if file else "",
    )
    assert found.read is read


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ('[{"location": "/2025/", "tdm-reservation": 1}]', True),
        ('[{"location": "/2026/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]', True),
        ('{"location": "/", "tdm-reservation": 1}', False),
        ("not json", True),
        ('[1, null, {"location": 3}]', True),
        ("[" * 100_000, True),
        ('[{"location": "/", "tdm-reservation": ' + "[" * 900 + "1" + "]" * 900 + "}]", True),
    ],
    ids=["another path", "the first that matches", "one entry", "broken", "strange", "deep", "a deep value"],
)
def test_the_file_of_reservations(file: str, *, read: bool) -> None:
    assert permission(URL, AGENT, reservations=file).read is read


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.binary(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_is_written_there_breaks_it(text: str, page: bytes, value: str, url: str) -> None:
    found = permission(
        url,
        AGENT,
        robots=f"User-agent: *\nContent-Usage: {text}\n{text}",
        headers=[("x-robots-tag", value), ("tdm-reservation", value), ("content-usage", value)],
        page=b"<meta " + page + b"><meta name=robots content='" + page + b"'>",
        reservations=text,
    )
    assert found.train or found.words
    assert found.read or not found.train


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [
                "Content-Signal: ai-train=no",
                "Content-Usage: train-ai=n",
                "DisallowAITraining: /",
                "Allow: /",
                "",
            ]
        ),
        max_size=6,
    )
)
def test_one_more_line_never_allows_more(lines: list[str]) -> None:
    before = of_robots(ALL + "\n".join(lines))
    after = of_robots(ALL + "\n".join([*lines, "Content-Signal: ai-input=no"]))
    assert not after.read
    assert not after.train
    assert set(before.words) <= set(after.words)
