"""People by the shape of their names and what stands around them: titles, roles, reporting verbs, given names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from narrative.read.vocabulary import words
from narrative.terms import Passage, Span

_CAPITAL = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĞĢĤĦĪĮİĹĽŁŃŅŇŌŐŒŔŘŚŞŠŤŪŮŰŹŻŽȘȚ"
_TOKEN = rf"(?:[{_CAPITAL}]\.(?:-?[{_CAPITAL}]\.)*|(?:[OD]['’])?[{_CAPITAL}][^\W\d_]*(?:[-‐][^\W\d_]+|['’](?!s\b)[^\W\d_]+)*)"
_NEEDED = 3  # evidence asked of a run whose first word is no known given name


class Person(NamedTuple):
    """A full name in the text."""

    span: Span
    name: str


@lru_cache(maxsize=1)
def _run() -> re.Pattern[str]:
    particle = "|".join(sorted(words("people", "particles"), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w.$@#’'-]){_TOKEN}(?:[ \u00a0](?:(?:{particle})[ \u00a0]){{0,2}}{_TOKEN}){{0,7}}"
        r"(?:,?[ \u00a0](?:Jr|Sr)\b\.?|[ \u00a0](?:II|III|IV)\b)?"
    )


@lru_cache(maxsize=1)
def _token() -> re.Pattern[str]:
    return re.compile(rf"{_TOKEN}|[^\s,]+")


@lru_cache(maxsize=1)
def role() -> str:
    """Pattern of a noun for what somebody does ("strategist"), singular or plural, not anchored."""
    return rf"(?:{'|'.join(sorted(map(re.escape, words('people', 'roles')), key=len, reverse=True))})s?"


@lru_cache(maxsize=1)
def speech() -> str:
    """Pattern of a reporting verb, not anchored."""
    return rf"(?:{'|'.join(sorted(words('people', 'speech'), key=len, reverse=True))})"


@lru_cache(maxsize=1)
def _evidence_after() -> tuple[tuple[re.Pattern[str], int], ...]:
    fill = r"(?:[\w’'.&/-]+\s){0,7}?"
    return (
        (re.compile(rf",\s(?:an?\s|the\s)?{fill}(?i:{role()})\b"), 3),
        (re.compile(r",\s\d{2}\b,?|,?\s(?:who|whose)\s"), 2),
        (re.compile(rf",?\s(?:has\s|had\s|also\s|now\s|recently\s|later\s|\w+ly\s)?{speech()}\b"), 2),
        (re.compile(rf",?\s(?:of|at|from|with)\s(?:the\s)?[{_CAPITAL}]"), 1),
        (re.compile(rf"\s\((?:[^()]*\b(?i:{role()})\b[^()]*)\)"), 2),
    )


@lru_cache(maxsize=1)
def _evidence_before() -> tuple[tuple[re.Pattern[str], int], ...]:
    return (
        (re.compile(rf"(?<![\w-])(?i:{role()})\s$"), 3),
        (re.compile(rf"(?<![\w-])(?i:{role()}),\s$"), 2),
        (re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Sir|Rev)\.?\s$"), 3),
        (re.compile(rf"\b(?:{speech()}|[Aa]ccording to|[Ii]n the words of)\s$"), 2),
        (re.compile(r"\b(?:[Bb]y|[Nn]amed|[Cc]alled)\s$|\b[A-Z][\w&-]*[’']s?\s$"), 1),
    )


def people(text: str, passage: Passage, taken: Sequence[Span], headline: bool) -> list[Person]:
    """Return the full names in one passage, outside `taken`. In a headline in title case only known given names count."""
    out: list[Person] = []
    for match in _run().finditer(text, *passage.span):
        for tokens in _pieces(text, match.span(), taken):
            person = _person(text, passage, tokens, headline)
            if person:
                out.append(person)
    return out


def surnames(
    text: str, passages: Sequence[Passage], found: Sequence[Person], taken: Sequence[Span]
) -> list[Person]:
    """Return the mentions of people by surname alone: of two with one surname, the one named last before it.

    "Mr. Arone" is a person even when no full name was given; the surname is then the key.
    """
    bearers: dict[str, list[Person]] = {}
    for person in found:
        bearers.setdefault(surname(person.name), []).append(person)
    names = [name for name in bearers if len(name) > 1]
    titled = _titled(text, passages, bearers, [*(person.span for person in found), *taken])
    if not names:
        return titled
    pattern = re.compile(
        rf"(?<![\w.$@#’'-])(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\w-]|[’'](?!s\b)\w)"
    )
    spans = sorted([*(person.span for person in (*found, *titled)), *taken])
    out = titled
    for passage in passages:
        for match in pattern.finditer(text, *passage.span):
            span = Span(*match.span())
            if span.free_of(spans) and not _part_of_more(text, span):
                opens = (
                    passage is passages[0] and passage.kind == "heading"
                )  # a headline names by surname whom the text introduces
                known = [p for p in bearers[match.group()] if opens or p.span.start < span.start]
                if known and _may_be_surname(text, span):
                    out.append(Person(span, known[-1].name))
    return out


def _titled(
    text: str, passages: Iterable[Passage], bearers: dict[str, list[Person]], taken: Sequence[Span]
) -> list[Person]:
    out = []
    for passage in passages:
        for match in _titled_name().finditer(text, *passage.span):
            span = Span(*match.span(1))
            if span.free_of(taken) and _possible(match.group(1)):
                known = [p for p in bearers.get(match.group(1), []) if p.span.start < span.start]
                out.append(Person(span, known[-1].name if known else match.group(1)))
    return out


@lru_cache(maxsize=1)
def _titled_name() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:(?:Mr|Mrs|Ms|Mx|Dr|Sen|Gov)\.?|Senator|Governor|President|Chairman|Secretary)"
        rf"[ \u00a0]({_TOKEN})(?![ \u00a0][{_CAPITAL}][a-z])"
    )


def surname(name: str) -> str:
    """Return the family name of a full name, without a suffix such as "Jr."."""
    parts = [
        part for part in name.replace(",", "").split() if part.strip(".") not in words("people", "suffixes")
    ]
    return parts[-1] if parts else name


def _pieces(text: str, span: tuple[int, int], taken: Sequence[Span]) -> list[list[Span]]:
    """The words of a run, cut where a name already taken lies and at words that no name holds."""
    pieces: list[list[Span]] = [[]]
    for match in _token().finditer(text, *span):
        if Span(*match.span()).free_of(taken) and (_possible(match.group()) or _is_title(match.group())):
            pieces[-1].append(Span(*match.span()))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _person(text: str, passage: Passage, tokens: list[Span], headline: bool) -> Person | None:
    written = [text[start:end] for start, end in tokens]
    low, high = _trim(written)
    core = written[low:high]
    if not 2 <= len(core) <= 5 or not all(_possible(word) for word in core):
        return None
    end = tokens[high - 1].end
    if core[-1] in ("Jr", "Sr") and text[end : end + 1] == ".":
        end += 1
    span = Span(tokens[low].start, end)
    given = core[0].split("-")[0] in words("people", "given")
    if headline and not given:
        return None
    score = (2 if given else 0) + (2 if low and _is_title(written[low - 1]) else 0) + _shape(core)
    before = text[max(passage.span.start, span.start - 60) : span.start]
    after = text[span.end : min(passage.span.end, span.end + 110)]
    score += max((value for pattern, value in _evidence_before() if pattern.search(before)), default=0)
    score += max((value for pattern, value in _evidence_after() if pattern.match(after)), default=0)
    if score < (2 if given else _NEEDED) or (not given and _is_common(text, core)):
        return None
    return Person(span, " ".join(text[span.start : span.end].split()))


def _trim(written: list[str]) -> tuple[int, int]:
    """Bounds of the name in a run: titles, first words of sentences and dates cut off."""
    low, high = 0, len(written)
    while low < high and (_is_title(written[low]) or _is_opener(written[low])):
        if written[low] in words("people", "given") and high - low == 2:
            break
        low += 1
    while high > low and (
        written[high - 1] in words("places", "others")
        or (_is_title(written[high - 1]) and high - low > 2)
        or written[high - 1].lower() in words("people", "particles")
    ):
        high -= 1
    return low, high


def _is_title(word: str) -> bool:
    return word.rstrip(".") in words("people", "titles")


def _is_opener(word: str) -> bool:
    return (
        word.lower().rstrip(".") in words("abbreviations", "starters")
        or word.lower() in words("people", "speech")
        or word in words("places", "others")
        or word in words("places", "names")
    ) and word not in words("people", "given")


def _possible(word: str) -> bool:
    if word.lower() in words("people", "particles"):
        return True
    if not word[0].isupper():
        return False
    if word.isupper() and len(word.strip(".")) > 2 and "." not in word:
        return False
    return (
        word not in words("places", "others")
        and word not in words("organizations", "generic")
        and (word not in words("organizations", "tails"))
        and word.lower() not in words("abbreviations", "starters")
    )


def _shape(core: list[str]) -> int:
    initial = any(re.fullmatch(r"[A-Z]\.", word) for word in core[:-1])
    suffix = core[-1].strip(".") in words("people", "suffixes")
    return (1 if initial else 0) + (2 if suffix else 0)


def _is_common(text: str, core: list[str]) -> bool:
    """Whether a word of the run also stands in lower case in the article: then it is no proper name."""
    return any(
        len(word) > 2
        and word[0].isupper()
        and re.search(rf"(?<![\w-]){re.escape(word.lower())}(?![\w-])", text)
        for word in core
    )


def _part_of_more(text: str, span: Span) -> bool:
    """Whether a capitalized word stands beside the surname, so that it belongs to another name."""
    after = re.match(rf"[ \u00a0](?:[{_CAPITAL}][\w.’-]*|&)", text[span.end : span.end + 30])
    if after and after.group().strip() not in words("places", "others"):
        return True
    before = re.search(rf"([{_CAPITAL}][\w’-]*\.?)[ \u00a0]$", text[max(0, span.start - 30) : span.start])
    if not before:
        return False
    word = before.group(1)
    return not (
        _is_title(word)
        or word.lower() in words("abbreviations", "starters")
        or word in words("places", "others")
    )


def _may_be_surname(text: str, span: Span) -> bool:
    """Whether the word is no ordinary one, or stands where only a person can."""
    word = text[span.start : span.end]
    if not (word.lower() in words("abbreviations", "starters") or word in words("places", "others")):
        return True
    return bool(re.match(rf"['’]s\s|,?\s{speech()}\b", text[span.end : span.end + 20]))
