"""Windows: the stretches of running text that the tagging heads read, as tokens with the shape of their words.

A window packs consecutive passages of an article, with the end of what stands before them as context, so that a
paragraph that is nothing but a quotation is read behind the one that names its speaker. The encoder is uncased: the
shape of each word (lower, Title, UPPER, mixed, digits, other) and whether it stands in quotation marks go in as a kind
of token. Training builds its windows with the same functions, so that the model meets what it has learned on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from narrative.read.quotes import quotes
from narrative.terms import Passage, Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 224  # of one window, context and end marks included
CONTEXT_TOKENS = 56  # at most, of what stands before
#: kinds 0 and 1 are the two segments of a (target, statement) pair; then shape x place
_FIRST_KIND = 2
_SHAPES = ("lower", "title", "upper", "mixed", "digit", "other")
_PLACES = ("running", "quoted", "label")
KINDS = _FIRST_KIND + len(_SHAPES) * len(_PLACES)
# Unused rows of the vocabulary mark where a passage begins, by its kind.
_BEGINS = {"paragraph": 5, "bullet": 6, "heading": 7}


class Word(NamedTuple):
    """A word as the tokenizer cuts it: its place in the text, and the row of its first token in the window."""

    span: Span
    row: int


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens of one window. `words` are those to tag, behind the context; offsets are into the article's text."""

    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    words: tuple[Word, ...]
    context: tuple[Word, ...] = ()


class _Token(NamedTuple):
    id: int
    kind: int
    word: Span | None  # of the word that begins here


def windows(text: str, passages: Sequence[Passage], tokenizer: Tokenizer) -> tuple[Window, ...]:
    """Cut the passages of an article into windows; every word of every passage but table rows is tagged in exactly one."""
    ends = tuple(int(tokenizer.token_to_id(token) or 0) for token in ("[CLS]", "[SEP]"))
    out: list[Window] = []
    before: list[_Token] = []
    pending: list[_Token] = []
    for piece in _pieces(text, passages, tokenizer):
        context = _context(before)
        if pending and len(context) + len(pending) + len(piece) > MAX_TOKENS - 2:
            out.append(_window(context, pending, ends))
            before, pending = pending, []
        pending = pending + piece
    if pending:
        out.append(_window(_context(before), pending, ends))
    return tuple(out)


def _pieces(text: str, passages: Sequence[Passage], tokenizer: Tokenizer) -> Iterator[list[_Token]]:
    """Tokens of each passage, a long one cut between sentences, a long sentence between words."""
    most = MAX_TOKENS - CONTEXT_TOKENS - 2
    for passage in passages:
        if passage.kind == "row":
            continue
        begin = [_Token(_BEGINS[passage.kind], _FIRST_KIND, None)]
        tokens = begin + _tokens(text, passage.span, tokenizer)
        if len(tokens) <= most:
            yield tokens
            continue
        starts = {sentence.start for sentence in passage.sentences}
        while len(tokens) > most:
            cuts = [i for i in range(most // 2, most) if (w := tokens[i].word) and w.start in starts]
            cuts = cuts or [i for i in range(most // 2, most + 1) if tokens[i].word] or [most]
            yield tokens[: cuts[-1]]
            tokens = tokens[cuts[-1] :]
        yield tokens


def _tokens(text: str, span: Span, tokenizer: Tokenizer) -> list[_Token]:
    encoded = tokenizer.encode(text[span.start : span.end], add_special_tokens=False)
    speech = [
        (q.outer, _PLACES.index("label" if q.is_label(text) else "quoted")) for q in quotes(text, *span)
    ]
    ids, offsets, word_ids = encoded.ids, encoded.offsets, encoded.word_ids
    out: list[_Token] = []
    at, first, count = 0, 0, len(ids)
    while first < count:
        behind = first + 1
        while behind < count and word_ids[behind] == word_ids[first]:
            behind += 1
        word = Span(span.start + offsets[first][0], span.start + offsets[behind - 1][1])
        while at < len(speech) and speech[at][0].end <= word.start:
            at += 1
        place = speech[at][1] if at < len(speech) and speech[at][0].start <= word.start else 0
        kind = _FIRST_KIND + place * len(_SHAPES) + _shape(text[word.start : word.end])
        out.append(_Token(ids[first], kind, word))
        out += [_Token(row, kind, None) for row in ids[first + 1 : behind]]
        first = behind
    return out


@lru_cache(maxsize=8192)
def _shape(word: str) -> int:
    if not word[:1].isalpha():
        return _SHAPES.index("digit" if word[:1].isdigit() else "other")
    if word.islower():
        return _SHAPES.index("lower")
    if word.isupper():
        return _SHAPES.index("upper" if len(word) > 1 else "title")
    return _SHAPES.index("title" if word[0].isupper() and word[1:].islower() else "mixed")


def _context(before: list[_Token]) -> list[_Token]:
    """The end of what stands before, from the beginning of a word."""
    tail = before[-CONTEXT_TOKENS:]
    first = next((i for i, token in enumerate(tail) if token.word), len(tail))
    return tail[first:]


def _window(context: list[_Token], own: list[_Token], ends: tuple[int, ...]) -> Window:
    def words(tokens: list[_Token], first: int) -> tuple[Word, ...]:
        return tuple([Word(token.word, first + i) for i, token in enumerate(tokens) if token.word])

    tokens = context + own
    return Window(
        (ends[0], *(token.id for token in tokens), ends[1]),
        (_FIRST_KIND, *(token.kind for token in tokens), _FIRST_KIND),
        words(own, 1 + len(context)),
        words(context, 1),
    )
