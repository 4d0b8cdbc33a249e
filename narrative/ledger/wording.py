"""When two texts say the same: normalised words, shingles, and the numbers and negations that must agree.

Similarity proposes and numbers dispose: two statements of a central bank share nine tenths of their words and
still differ in the one figure that matters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Sequence, Set
from hashlib import blake2b

STORY_SHINGLE = 5
CLAIM_SHINGLE = (
    2  # a quotation of twenty words has few long shingles; one changed word would spoil a third of them
)
JACCARD = 0.6
CONTAINMENT = 0.9
NUMBERS_SHARED = 0.8

_WORD = re.compile(r"\d[\d.,]*\d|\w+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ"))
_NEGATION = re.compile(
    r"no|not|never|none|nor|neither|without|cannot|aint|hardly|unlikely"
    r"|(?:do|does|did|wo|is|are|was|were|ca|could|should|would|has|have|had)nt"
)


def normal_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without apostrophes, accents and thousands commas."""
    plain = unicodedata.normalize("NFKD", text).translate(_APOSTROPHES).casefold()
    letters = plain if plain.isascii() else _ACCENTS.sub("", plain)
    return tuple(word.replace(",", "") if word[0].isdigit() else word for word in _WORD.findall(letters))


def shingles(words: Sequence[str], size: int) -> frozenset[tuple[str, ...]]:
    """Return the runs of `size` words; of a shorter text the whole, of an empty one nothing."""
    if len(words) <= size:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(*(words[i:] for i in range(size)), strict=False))


def shingle_hashes(words: Sequence[str], size: int = STORY_SHINGLE) -> frozenset[int]:
    """Return the shingles as signed 64-bit numbers, the same on every machine."""
    return frozenset(
        int.from_bytes(blake2b(" ".join(run).encode(), digest_size=8).digest(), "big", signed=True)
        for run in shingles(words, size)
    )


def jaccard(a: Set[Hashable], b: Set[Hashable]) -> float:
    """Return the share of the union that both have; 0 for two empty sets."""
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def containment(a: Set[Hashable], b: Set[Hashable]) -> float:
    """Return the share of the smaller set that the larger one has too; 0 when one is empty."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def close(a: Set[Hashable], b: Set[Hashable]) -> bool:
    """Return whether similarity alone would call two texts copies of one another."""
    return jaccard(a, b) >= JACCARD or containment(a, b) >= CONTAINMENT


def numbers(words: Sequence[str]) -> frozenset[str]:
    """Return the words that begin with a digit."""
    return frozenset(word for word in words if word[0].isdigit())


def numbers_agree(a: frozenset[str], b: frozenset[str], share: float = NUMBERS_SHARED) -> bool:
    """Return whether the text with fewer numbers has nearly all of them from the other.

    One without any agrees.
    """
    smaller = min(len(a), len(b))
    return smaller == 0 or len(a & b) >= share * smaller


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
    if not numbers_agree(numbers(short), numbers(long), 1.0):
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
