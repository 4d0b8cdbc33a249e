"""Firms that no list knows, by shape ("Harlow Point Capital") and by context ("strategists at Harlow Point")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from narrative.read.gazetteer import legal_form
from narrative.read.people import role, speech
from narrative.read.vocabulary import words
from narrative.terms import Passage, Span

_CAP = r"(?:[A-Z]\.){1,3}|[A-Z0-9][\w’'&+-]*(?:\.com|\.ai)?"
_RUN = re.compile(
    rf"(?<![\w.$@#’'-])(?:{_CAP})(?:[ \u00a0](?:(?:&|of(?:[ ]the)?|for|and)[ \u00a0])?(?:{_CAP}))*"
)
_TOKEN = re.compile(r"[^\s]+")
_MAX = 7  # words of a name


class House(NamedTuple):
    """A firm in the text and the name it goes by in the article."""

    span: Span
    name: str


@lru_cache(maxsize=1)
def _before() -> re.Pattern[str]:
    paper = (
        r"(?:notes?|reports?|survey|study|research|analysis|commentary|data|figures|forecasts?|outlook|interview|call"
        r"|estimates)"
    )
    return re.compile(
        rf"(?:(?<![\w-])(?i:{role()}|teams?|desk|colleagues|research|strategy|equities|officers?)(?:,)?"
        rf"(?:\s(?:for|of|in|on|and)\s(?:[\w&/-]+\s){{0,4}}?|\s)(?:at|with|from|of|for)"
        rf"|\b{paper}\s(?:\w+\s)?(?:from|by|at)|\bwork(?:s|ed|ing)\s(?:at|for)|\bruns|\bjoin(?:ed|s|ing)|\bowned by)"
        r"\s(?:the\s)?$"
    )


@lru_cache(maxsize=1)
def _after() -> re.Pattern[str]:
    adjective = (
        r"(?:chief|senior|global|head|equity|market|investment|portfolio|lead|top|quant\w*|technical|macro|credit|rates"
        r"|research|U\.S\.|US|European|bond|currency|commodity|oil|fixed-income|small-cap)"
    )
    return re.compile(
        rf"(?:(?:['’]s?)?\s(?:team of\s)?(?:{adjective}\s){{0,4}}(?:analysts?|strategists?|economists?|researchers|traders)\b"
        rf"|['’]s?\s(?:{adjective}\s){{1,4}}(?i:{role()})\b|\s(?:upgraded|downgraded|initiated|reiterated)\b)"
    )


def houses(text: str, passage: Passage, taken: Sequence[Span], headline: bool) -> list[House]:
    """Return the unlisted firms of one passage, outside `taken`. In a headline in title case, only those in context."""
    out: list[House] = []
    for match in _RUN.finditer(text, *passage.span):
        tokens = [
            Span(match.start() + t.start(), match.start() + t.end()) for t in _TOKEN.finditer(match.group())
        ]
        for piece in _split(text, tokens, taken):
            span = None if headline else _by_shape(text, piece)
            span = span or _by_context(text, passage, piece)
            if span:
                out.append(House(span, " ".join(text[span.start : span.end].split())))
    return out


def short_forms(
    text: str,
    passages: Iterable[Passage],
    found: Sequence[House],
    taken: Sequence[Span],
    surnames: Iterable[str],
) -> list[House]:
    """Return where a firm is named again by the front of its name ("Harlow Point" for "Harlow Point Capital")."""
    people = set(surnames)
    forms: dict[str, str] = {}
    for house in found:
        stem = _stem(house.name)
        if stem and stem != house.name and stem not in people:
            forms.setdefault(stem, house.name)
    if not forms:
        return []
    pattern = re.compile(
        rf"(?<![\w.$@#’'-])(?:{'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})(?![\w-])"
    )
    spans = [*taken, *(house.span for house in found)]
    return [
        House(Span(*match.span()), forms[match.group()])
        for passage in passages
        for match in pattern.finditer(text, *passage.span)
        if all(match.end() <= start or end <= match.start() for start, end in spans)
        and (" " in match.group() or _speaks(text, match.end()))
    ]


def _split(text: str, tokens: list[Span], taken: Sequence[Span]) -> list[list[Span]]:
    """Cut a run at names already taken, and at "and", "of", "for" that do not belong to a name."""
    pieces: list[list[Span]] = [[]]
    for i, token in enumerate(tokens):
        word = text[token.start : token.end]
        before = text[tokens[i - 1].start : tokens[i - 1].end] if i else ""
        blocked = any(token.start < end and start < token.end for start, end in taken)
        tied = re.search(r"[-‐][a-z]", word) or (
            word in ("of", "the") and before not in words("organizations", "of_heads") | {"of"}
        )
        if blocked or tied or word in ("and", "for"):
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [piece for piece in pieces if piece]


def _by_shape(text: str, tokens: list[Span]) -> Span | None:
    written = [text[start:end] for start, end in tokens]
    low = _first(written)
    tails = [
        k
        for k, word in enumerate(written)
        if k > low and word.rstrip(".,") in words("organizations", "tails")
    ]
    if "of" in written[low:] and written[low] in words("organizations", "of_heads"):
        tails.append(len(written) - 1)
    if not tails:
        return None
    high = max(tails)
    core = written[low : high + 1]
    if high - low >= _MAX or not _is_name(core):
        return None
    return Span(tokens[low].start, legal_form(text, tokens[high].end))


def _is_name(core: list[str]) -> bool:
    """Whether a run that ends like a firm also begins like one: with a word that is not generic."""
    telling = [
        word
        for word in core
        if word.rstrip(".") not in words("organizations", "generic") and word not in ("&", "of", "the")
    ]
    proper = [
        word
        for word in telling
        if word not in words("places", "names") and word not in words("places", "others")
    ]
    if proper and not (len(proper) == 1 and proper[0] == core[-1]):
        return True
    return (
        bool(telling)
        and core[0] not in words("places", "others")
        and (
            core[-1].rstrip(".") in words("organizations", "place_tails")
            or core[0] in words("organizations", "of_heads")
        )
    )


def _by_context(text: str, passage: Passage, tokens: list[Span]) -> Span | None:
    written = [text[start:end] for start, end in tokens]
    low = _first(written)
    if low >= len(written) or len(written) - low > 5:
        return None
    span = Span(tokens[low].start, tokens[-1].end)
    end = re.sub(r"['’]s?$", "", text[span.start : span.end])
    span = Span(span.start, span.start + len(end))
    before = text[max(passage.span.start, span.start - 80) : span.start]
    after = text[span.end : min(passage.span.end, span.end + 70)]
    core = text[span.start : span.end].split()
    if not core or not any(_proper(word) for word in core) or core[0] in words("people", "given"):
        return None
    return span if _before().search(before) or _after().match(after) else None


def _first(written: list[str]) -> int:
    """Index of the first word that can begin a firm's name."""
    low = 0
    while low < len(written) and (
        written[low].lower().rstrip(".") in words("abbreviations", "starters")
        or (written[low].rstrip(".") in words("organizations", "bearers") and low + 2 < len(written))
    ):
        low += 1
    return low


def _proper(word: str) -> bool:
    bare = re.sub(r"['’]s?$", "", word).rstrip(".")
    return (
        len(bare) > 1
        and not bare[0].isdigit()
        and not any(bare in words("places", name) for name in ("names", "others"))
        and bare not in words("organizations", "generic")
        and bare not in words("people", "titles")
    )


def _stem(name: str) -> str:
    parts = name.split()
    while len(parts) > 1 and parts[-1].rstrip(".,") in words("organizations", "tails") | {"&"}:
        parts.pop()
    joined = " ".join(parts)
    return "" if not any(_proper(part) for part in parts) or parts[-1] in ("of", "&") else joined


def _speaks(text: str, at: int) -> bool:
    return bool(
        re.match(
            rf"['’]s\s|,?\s(?:has\s|also\s)?{speech()}\b|\s(?:analysts|strategists|economists)\b",
            text[at : at + 30],
        )
    )
