"""Sentences and the check for English. The only door to spaCy.

A blank pipeline is used: its tokenizer, with what it knows of abbreviations, web addresses and numbers, no
model. Where a sentence ends is decided here, because financial text is full of points that end nothing
("Oracle Corp. rose", "the U.S. economy", "No. 2", "J.P. Morgan") and of ends that no space follows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from narrative.read.vocabulary import words
from narrative.terms import Span

if TYPE_CHECKING:
    from spacy.language import Language

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_WRAPPED = re.compile(r"[^\r\n]+(?:\r?\n[^\r\n]+)*")
_STOP = re.compile(r"[.!?…]+")
_CLOSERS = frozenset("\"'”’»)]}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_GLUED_STOP = r"(?<=[0-9%)\]”’\"])[.!?](?=[A-Z][a-z]+)"  # "rose 3%.The next"
_HARD_LIMIT = 20_000  # characters tokenized at once; longer runs are cut at a space
_VOCABULARY_LIMIT = 300_000  # distinct words

_EXCLAIMED = {"Yahoo", "Yum", "Jeopardy", "Oklahoma"}

_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 20_000  # characters that tell a text's language
_LETTERS, _WORDS = 40, 12  # from which they do
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


class _Token(NamedTuple):
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sentences(
    text: str, start: int = 0, end: int | None = None, *, wrapped: bool = False
) -> tuple[Span, ...]:
    """Return the sentences of `text[start:end]` as spans into `text`, in order, without outer white space.

    A line break ends a sentence, unless the text is hard-wrapped. A sentence keeps the quotation marks and
    brackets that close behind it. An end mark before a lower-case word ends nothing, so that
    `"Is it over?" he asked.` is one sentence.
    """
    end = len(text) if end is None else min(end, len(text))
    out: list[Span] = []
    for low, high in _pieces(text, start, end, _WRAPPED if wrapped else _LINE):
        first = low
        for cut in _cuts(text, low, high):
            _append(out, text, first, cut)
            first = cut
        _append(out, text, first, high)
    return tuple(out)


class _Signs(NamedTuple):
    """What the front of a text tells of its language: letters, Latin ones among them, words, function words."""

    letters: int
    latin: int
    words: int
    english: int
    other: int


def is_english(text: str) -> bool:
    """Return whether a text reads as English, by its letters and its function words."""
    signs = _signs(text[:_SAMPLE])
    if signs.letters and signs.latin < 0.7 * signs.letters:
        return False
    if signs.words < _WORDS:
        return signs.english >= signs.other
    return signs.english >= 0.1 * signs.words and signs.english > 1.5 * signs.other


def is_foreign(text: str) -> bool:
    """Return whether a text surely is in another language: by its letters, or by the function words of others.

    A list of names and numbers is neither this nor `is_english`.
    """
    signs = _signs(text[:_SAMPLE])
    if signs.letters >= _LETTERS and signs.latin < 0.5 * signs.letters:
        return True
    return signs.words >= _WORDS and signs.other > max(2.0, 1.5 * signs.english)


@lru_cache(maxsize=4)  # both questions are asked of one text, one behind the other
def _signs(sample: str) -> _Signs:
    front = sample[:4_000]
    found = [word.lower() for word in _WORD.findall(sample)]
    english, other = (
        sum(word in words("languages", which) for word in found) for which in ("english", "other")
    )
    return _Signs(len(_LETTER.findall(front)), len(_LATIN.findall(front)), len(found), english, other)


@lru_cache(maxsize=1)
def _blank() -> Language:
    import spacy
    from spacy.util import compile_infix_regex

    nlp = spacy.blank("en")
    infixes = [*(nlp.Defaults.infixes or ()), _GLUED_STOP]
    tokenizer: Any = nlp.tokenizer
    tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
    return nlp


def _pipeline() -> Language:
    """Return the pipeline; a fresh one when its vocabulary, which keeps every word, has grown large."""
    if len(_blank().vocab.strings) > _VOCABULARY_LIMIT:
        _blank.cache_clear()
    return _blank()


def _tokens(text: str, start: int, end: int) -> list[_Token]:
    piece = _SURROGATE.sub("\ufffd", text[start:end])
    doc = _pipeline().tokenizer(piece)
    places = zip(*doc.to_array(["IDX", "LENGTH", "IS_SPACE"]).T.tolist(), strict=True)
    return [_Token(piece[at : at + length], start + at) for at, length, is_space in places if not is_space]


def _pieces(text: str, start: int, end: int, line_of: re.Pattern[str]) -> list[tuple[int, int]]:
    """Lines, and lines too long for one go cut at a space."""
    out: list[tuple[int, int]] = []
    for line in line_of.finditer(text, start, end):
        low, high = line.span()
        while high - low > _HARD_LIMIT:
            space = text.rfind(" ", low + 1, low + _HARD_LIMIT)
            cut = space if space > low else low + _HARD_LIMIT
            out.append((low, cut))
            low = cut
        out.append((low, high))
    return out


def _cuts(text: str, low: int, high: int) -> list[int]:
    """Offsets where one sentence of a line has ended."""
    if not _STOP.search(text, low, high):
        return []
    tokens = _tokens(text, low, high)
    cuts, i = [], 0
    while i < len(tokens) - 1:
        j = i
        if tokens[i].text[-1] in ".!?…":
            while j + 1 < len(tokens) and _closes(tokens[j], tokens[j + 1]):
                j += 1
            if j + 1 < len(tokens) and _ends(tokens, i, j, text):
                cuts.append(tokens[j].end)
        i = j + 1
    return cuts


def _closes(mark: _Token, token: _Token) -> bool:
    """Whether `token` closes what the end mark ended: a bracket or quotation mark with no space before it."""
    return mark.end == token.start and (token.text[0] in _CLOSERS or bool(_STOP.fullmatch(token.text)))


def _ends(tokens: list[_Token], at: int, last: int, text: str) -> bool:
    """Whether the end mark `tokens[at]` ends its sentence, given what follows `tokens[last]`."""
    following = tokens[last + 1]
    opening = text[following.start : following.start + 40].lstrip("\"'“‘«([$€£¥¿¡•*-–— ")
    word = re.match(r"[\w'’&.]*", opening)
    head = word.group() if word else ""
    if not head or not _may_begin(head) or _STOP.fullmatch(following.text):
        return False
    if following.start == tokens[last].end and not (_glue(tokens, at) and opening[:1].isupper()):
        return False
    mark = tokens[at].text
    if mark[-1] != "." or mark in ("..", "...") or last > at:
        return not (mark == "!" and at > 0 and tokens[at - 1].text in _EXCLAIMED)
    return _point_ends(tokens, at, head)


def _may_begin(word: str) -> bool:
    """Whether a sentence can begin with this word: not in lower case, unless it is a name such as iShares."""
    first = word[0]
    return not first.islower() or bool(re.match(r"[a-z]{1,2}[A-Z]", word))


def _glue(tokens: list[_Token], at: int) -> bool:
    return at > 0 and (tokens[at - 1].text[-1].islower() or not tokens[at - 1].text[-1].isalpha())


def _point_ends(tokens: list[_Token], at: int, following: str) -> bool:
    """Whether a single point ends a sentence, knowing the word it stands behind and the one that follows."""
    mark = tokens[at]
    joined = mark.text[:-1]
    if not joined and at and tokens[at - 1].end == mark.start and tokens[at - 1].text[-1:].isalnum():
        joined = tokens[at - 1].text
    word = joined.lower()
    starts = re.split("['’.]", following)[0].lower() in words("abbreviations", "starters")
    if word in words("abbreviations", "before_number") and joined[0].isupper():
        return not following[0].isdigit() and (starts or word in ("no", "nos"))
    if word in words("abbreviations", "before_name"):
        return starts and word == "st"
    initial = len(joined) == 1 and joined.isupper() and joined != "I"
    dotted = bool(re.fullmatch(r"(?:[a-zA-Z]\.)+[a-zA-Z]", joined))
    return starts or not (initial or dotted or word in words("abbreviations", "either"))


def _append(out: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        out.append(Span(start, end))
