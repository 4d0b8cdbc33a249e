"""When two texts say the same: normalised words, shingles, and the numbers and negations that must agree.

Similarity proposes and numbers dispose: two statements of a central bank share nine tenths of their words and
still differ in the one figure that matters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Sequence, Set
from difflib import SequenceMatcher
from hashlib import blake2b
from struct import unpack

STORY_SHINGLE = 5
CLAIM_SHINGLE = (
    2  # a quotation of twenty words has few long shingles; one changed word would spoil a third of them
)
JACCARD = 0.6
CONTAINMENT = 0.9
FIGURES_SHARED = 0.8
SPELT_ALIKE = 0.8

_WORD = re.compile(r"\d+(?::\d\d)+|\d[\d.,]*\d|\d|\w+|%")  # a clock time, a figure, a word
_FIGURE, _LETTERS = re.compile(r"[\d%]"), re.compile(r"\w+")
_PIECE = re.compile(r"[^\s/–—-]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ"))
_NEGATION = re.compile(
    r"no|not|never|none|nor|neither|without|cannot|aint|hardly|unlikely"
    r"|(?:do|does|did|wo|is|are|was|were|ca|could|should|would|has|have|had)nt"
)
_UNITS = {
    "%": "percent", "pct": "percent", "pc": "percent", "m": "million", "mn": "million", "mln": "million",
    "bn": "billion", "bln": "billion", "tn": "trillion", "trn": "trillion", "trln": "trillion",
}  # fmt: skip
_UNIT_WORDS = {*_UNITS, "cent"}


def normal_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without apostrophes, accents and thousands commas.

    The unit of a figure is a word of its own and written out: `3bn` and `12%` are three billion and twelve
    percent in every house's style.
    """
    if text.isascii():
        letters = text.replace("'", "").lower()
    else:
        plain = unicodedata.normalize("NFKD", text).translate(_APOSTROPHES).casefold()
        letters = plain if plain.isascii() else _ACCENTS.sub("", plain)
    if not _FIGURE.search(letters):
        return tuple(_LETTERS.findall(letters))
    words = [word.replace(",", "") if word[0].isdigit() else word for word in _WORD.findall(letters)]
    return tuple(words if _UNIT_WORDS.isdisjoint(words) else _written_out(words))


def _written_out(words: Sequence[str]) -> list[str]:
    """Write out the units that follow a figure; a percent sign elsewhere says nothing."""
    kept: list[str] = []
    for word in words:
        if word in _UNITS and kept and kept[-1][0].isdigit():
            kept.append(_UNITS[word])
        elif word == "cent" and len(kept) > 1 and kept[-1] == "per" and kept[-2][0].isdigit():
            kept[-1] = "percent"
        elif word != "%":
            kept.append(word)
    return kept


def shingles(words: Sequence[str], size: int) -> frozenset[tuple[str, ...]]:
    """Return the runs of `size` words; of a shorter text the whole, of an empty one nothing."""
    if len(words) <= size:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(*(words[i:] for i in range(size)), strict=False))


def shingle_hashes(words: Sequence[str], size: int = STORY_SHINGLE) -> frozenset[int]:
    """Return the shingles as signed 64-bit numbers, the same on every machine."""
    encoded = [word.encode() for word in words]
    runs = {b" ".join(run) for run in zip(*(encoded[i:] for i in range(size)), strict=False)}
    if encoded and not runs:
        runs = {b" ".join(encoded)}
    digests = b"".join([blake2b(run, digest_size=8).digest() for run in runs])
    return frozenset(unpack(f">{len(runs)}q", digests))


def jaccard(a: Set[Hashable], b: Set[Hashable]) -> float:
    """Return the share of the union that both have; 0 for two empty sets."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if shared else 0.0


def containment(a: Set[Hashable], b: Set[Hashable]) -> float:
    """Return the share of the smaller set that the larger one has too; 0 when one is empty."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def close(a: Set[Hashable], b: Set[Hashable], union: float = JACCARD, smaller: float = CONTAINMENT) -> bool:
    """Return whether two sets share so much of their union, or so much of the smaller one."""
    return jaccard(a, b) >= union or containment(a, b) >= smaller


def numbers(words: Sequence[str]) -> frozenset[str]:
    """Return the words that begin with a digit."""
    return frozenset(word for word in words if word[0].isdigit())


def figures(words: Iterable[str]) -> frozenset[str]:
    """Return the values of the numbers among the words: 4.50 is 4.5, 08 is 8, and a clock time is none."""
    return frozenset(_value(word) for word in words if word[0].isdigit() and ":" not in word)


def _value(number: str) -> str:
    return (number.rstrip("0").rstrip(".") if "." in number else number).lstrip("0") or "0"


def figures_agree(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return whether two texts, given as normalised words, have nearly the same figures in the same places.

    A place is the two words before a figure, or the two after it. What only one text tells is no
    disagreement: a copy is cut short and gets the date and the telephone of another outlet.
    """
    mine, theirs = _placed_figures(a), _placed_figures(b)
    both = figures(a) & figures(b)
    changed = min(len(_replaced(mine, theirs, both)), len(_replaced(theirs, mine, both)))
    return len(both) >= FIGURES_SHARED * (changed + len(both))


_Places = dict[tuple[str, ...], set[str]]


def _placed_figures(words: Sequence[str]) -> _Places:
    """Return the values that stand in each place; of other figures a place knows only that they are some."""
    plain = ["#" if word[0].isdigit() else word for word in words]
    found: _Places = {}
    for number, word in enumerate(words):
        if word[0].isdigit() and ":" not in word:
            before, after = plain[max(0, number - 2) : number], plain[number + 1 : number + 3]
            for place in ((*before, ""), ("", *after)):
                if len(place) == 3:  # at an end of the text a figure has one place
                    found.setdefault(place, set()).add(_value(word))
    return found


def _replaced(mine: _Places, theirs: _Places, both: Set[str]) -> set[str]:
    """Return the values of one text alone in whose places the other has one of its own."""
    return {
        value for place, values in mine.items() if theirs.get(place, set()) - both for value in values - both
    }


def names(text: str) -> frozenset[str]:
    """Return the words, normalised, that a text writes with a capital letter and never without."""
    written: dict[bool, list[str]] = {True: [], False: []}
    for piece in _PIECE.findall(text):
        first = next(filter(str.isalnum, piece), "")
        written[first.isupper()].append(piece)
    capital, small = (normal_words(" ".join(written[case])) for case in (True, False))
    return frozenset(word for word in capital if word[0].isalpha()) - frozenset(small)


def spelt_alike(a: str, b: str) -> bool:
    """Return whether two words may be one in two spellings: labour and labor, Alder and Alder's.

    They begin alike and have four fifths of their letters in common, in order. Figures are never alike.
    """
    if a[0] != b[0] or a[0].isdigit():
        return a == b
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= SPELT_ALIKE


def same_claim(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return whether two contents, given as normalised words, say the same.

    Near-equal words, numbers and negations.

    A content shorter than four words is the same as another only when all words are.
    """
    if tuple(a) == tuple(b):
        return bool(a)
    short, long = sorted((tuple(a), tuple(b)), key=lambda words: (len(words), words))
    if len(short) < 4:
        return False
    if not (numbers(short) <= numbers(long) or numbers(long) <= numbers(short)):
        return False
    near, far = shingles(short, CLAIM_SHINGLE), shingles(long, CLAIM_SHINGLE)
    return close(near, far) and _negations_agree(short, long)


def _negations_agree(short: Sequence[str], long: Sequence[str]) -> bool:
    """Count negations in the part of the longer text that has the words of the shorter one."""
    lead = _overlap(short, long)
    return _negations(short) == _negations(lead)


def _negations(words: Sequence[str]) -> int:
    return sum(_NEGATION.fullmatch(word) is not None for word in words)


def _overlap(short: Sequence[str], long: Sequence[str]) -> Sequence[str]:
    """Return the stretch of `long` from the first to the last run of two words it shares with `short`.

    Of two contents about as long all of the longer one: what it adds belongs to what is said.
    """
    if len(long) <= len(short) + CLAIM_SHINGLE:
        return long
    shared = shingles(short, CLAIM_SHINGLE)
    places = [i for i in range(len(long) - 1) if tuple(long[i : i + CLAIM_SHINGLE]) in shared]
    return long[places[0] : places[-1] + CLAIM_SHINGLE] if places else ()
