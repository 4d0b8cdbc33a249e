"""Where the corpus repeats itself: sentences that are nearly the same, words shared between splits, worn openings, names, cues.

    python -m corpus.similarity [--most 20]

Texts written in batches drift towards templates; a test set that repeats the training set measures memory. What this finds is mended
by rewriting the texts. Exit code 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from narrative.read.annotated import GoldArticle
from narrative.read.corpus import read_corpus, split_of

ARTICLES = Path(__file__).resolve().parent / "articles"
SHINGLE = 3  # words; two sentences are near-duplicates when half of their shingles are shared
NEAR = 0.5
COMMON = 40  # sentences; a shingle that more of them have is a phrase of the trade
SHORTEST = 8  # words of a sentence that is looked at
NGRAM = 8  # words; numbers count as one word, so that a changed figure hides nothing

MOST_NEAR_ACROSS = 0  # near-duplicate sentences between train and the rest
MOST_SHARED = 0.01  # share of dev's or test's n-grams that train has too
MOST_OPENING = 0.10  # share of headlines that begin with one word
MOST_CUE_DISTANCE = 0.25  # total variation distance of reporting verbs from PolNeAR's

#: share of reporting verbs among PolNeAR's 10,560 reporting attributions of train (Newell et al. 2018), all forms of a verb together;
#: a figure measured on that corpus, none of its text
POLNEAR_CUES = {
    "say": 0.435, "tell": 0.042, "call": 0.036, "according to": 0.032, "write": 0.025, "add": 0.024, "ask": 0.022, "note": 0.016,
    "report": 0.015, "suggest": 0.015, "argue": 0.012, "announce": 0.010, "continue": 0.008, "describe": 0.007, "explain": 0.006,
}  # fmt: skip
_FORMS = {
    "say": "say says said saying", "tell": "tell tells told telling", "according to": "according to", "add": "add adds added adding",
    "write": "write writes wrote writing written", "ask": "ask asks asked", "call": "call calls called calling", "note": "note notes noted noting",
    "report": "report reports reported", "announce": "announce announces announced", "suggest": "suggest suggests suggested suggesting",
    "argue": "argue argues argued arguing", "describe": "describe describes described", "continue": "continue continues continued",
    "explain": "explain explains explained",
}  # fmt: skip
_VERB_OF = {
    form: verb for verb, forms in _FORMS.items() for form in ([forms] if verb == forms else forms.split())
}


class Sentence(NamedTuple):
    """A sentence in its article, with its words: lower case, every number as 0."""

    article: GoldArticle
    text: str
    words: tuple[str, ...]


class Near(NamedTuple):
    """Two sentences of different families that are nearly the same."""

    score: float
    one: Sentence
    other: Sentence

    @property
    def across(self) -> bool:
        """Whether one is trained on and the other is not."""
        return (split_of(self.one.article) == "train") != (split_of(self.other.article) == "train")


def near_duplicates(articles: Iterable[GoldArticle]) -> list[Near]:
    """Return sentence pairs of different families whose word shingles overlap by NEAR or more (Jaccard), the closest first.

    Compared are sentences of the same words, and pairs that share a shingle which at most COMMON sentences have: those that
    share nothing but commoner phrases are not.
    """
    sentences = [s for article in articles for s in _sentences(article)]
    shingles = [_ngrams(s.words, SHINGLE) for s in sentences]
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, grams in enumerate(shingles):
        for gram in grams:
            where[gram].append(index)
    by_words: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, sentence in enumerate(sentences):
        by_words[sentence.words].append(index)
    candidates = [*by_words.values(), *(places for places in where.values() if len(places) <= COMMON)]
    pairs = {pair for places in candidates for pair in combinations(places, 2)}
    found = []
    for i, j in pairs:
        score = len(shingles[i] & shingles[j]) / len(shingles[i] | shingles[j])
        if score >= NEAR and sentences[i].article.family != sentences[j].article.family:
            found.append(Near(score, sentences[i], sentences[j]))
    return sorted(found, key=lambda near: (-near.score, near.one.article.id, near.one.text))


def shared_with_train(articles: Iterable[GoldArticle]) -> dict[str, float]:
    """Return for dev and test the share of their n-grams, each occurrence counted, that occur in train."""
    grams: dict[str, list[tuple[str, ...]]] = {"train": [], "dev": [], "test": []}
    for article in articles:
        grams[split_of(article)] += _grams_of(article, NGRAM)
    known = set(grams.pop("train"))
    return {split: sum(gram in known for gram in some) / max(1, len(some)) for split, some in grams.items()}


def openings(articles: Sequence[GoldArticle]) -> Counter[str]:
    """Count the first words of the headlines."""
    return Counter(article.text.split()[0].lower() for article in articles)


def worn_phrases(articles: Iterable[GoldArticle], length: int = 5) -> list[tuple[str, int]]:
    """Return the phrases of `length` words that the most families use, the most used first."""
    users: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for article in articles:
        for gram in _grams_of(article, length):
            users[gram].add(article.family)
    most = sorted(users.items(), key=lambda item: (-len(item[1]), item[0]))[:15]
    return [(" ".join(gram), len(families)) for gram, families in most]


def names(articles: Iterable[GoldArticle]) -> tuple[Counter[str], Counter[str]]:
    """Count in how many families each full name of a person, and each firm that somebody speaks for, occurs."""
    people: dict[str, set[str]] = defaultdict(set)
    firms: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        for statement in article.statements:
            if statement.speaker:
                people[statement.speaker].add(article.family)
            if statement.firm:
                firms[statement.firm].add(article.family)
    return tuple(
        Counter({name: len(families) for name, families in found.items()}) for found in (people, firms)
    )  # type: ignore[return-value]


def cue_shares(articles: Iterable[GoldArticle]) -> dict[str, float]:
    """Return the share of each verb of POLNEAR_CUES among the marked cues."""
    cues = [
        article.text[s.cue.start : s.cue.end].lower()
        for article in articles
        for s in article.statements
        if s.cue
    ]
    counts = Counter(_VERB_OF.get(cue, "other") for cue in cues)
    return {verb: counts[verb] / max(1, len(cues)) for verb in POLNEAR_CUES}


def cue_distance(articles: Iterable[GoldArticle]) -> float:
    """Return half the summed differences of the shares, all other verbs taken together; 0 is the same."""
    ours = cue_shares(articles)
    rest = abs(sum(ours.values()) - sum(POLNEAR_CUES.values()))
    return (sum(abs(ours[verb] - share) for verb, share in POLNEAR_CUES.items()) + rest) / 2


def broken_limits(articles: Sequence[GoldArticle], near: Sequence[Near]) -> Iterator[str]:
    """Yield a line for every limit that is passed."""
    across = [pair for pair in near if pair.across]
    if len(across) > MOST_NEAR_ACROSS:
        yield f"{len(across)} near-duplicate sentences between train and the rest"
    for split, share in shared_with_train(articles).items():
        if share > MOST_SHARED:
            yield f"{share:.2%} of the {NGRAM}-grams of {split} occur in train"
    word, count = openings(articles).most_common(1)[0]
    if count > MOST_OPENING * len(articles):
        yield f"{count} of {len(articles)} headlines begin with {word!r}"
    if (distance := cue_distance(articles)) > MOST_CUE_DISTANCE:
        yield f"reporting verbs are {distance:.2f} from PolNeAR's"


def _sentences(article: GoldArticle, shortest: int = SHORTEST) -> Iterator[Sentence]:
    for line in _read_text(article).split("\n"):
        for text in re.split(r"(?<=[.!?][\"”’'])\s+|(?<=[.!?])\s+", line):
            words = tuple(re.sub(r"\d[\d,.]*", "0", text.lower()).translate(_PLAIN).split())
            if len(words) >= shortest:
                yield Sentence(article, text, words)


_PLAIN = str.maketrans(dict.fromkeys("\"“”‘’'.,;:!?()[]"))


def _read_text(article: GoldArticle) -> str:
    """The text without second printings and junk, which repeat by their nature."""
    letters = list(article.text)
    for start, end in (*article.dups, *article.junk):
        letters[start:end] = "\n" * (end - start)
    return "".join(letters)


def _grams_of(article: GoldArticle, length: int) -> Iterator[tuple[str, ...]]:
    """The n-grams of every sentence, short ones too."""
    for sentence in _sentences(article, 1):
        yield from _ngrams(sentence.words, length)


def _ngrams(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def main() -> int:
    """Print what repeats."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=20, help="near-duplicates to show")
    most = parser.parse_args().most
    articles = list(read_corpus(ARTICLES))
    near = near_duplicates(articles)
    for pair in near[:most]:
        mark = "ACROSS " if pair.across else ""
        print(
            f"{mark}{pair.score:.2f} {pair.one.article.id} {pair.other.article.id}\n    {pair.one.text}\n    {pair.other.text}"
        )
    print(f"near-duplicates {len(near)}, across {sum(pair.across for pair in near)}")
    print(
        "shared with train:",
        {split: round(share, 4) for split, share in shared_with_train(articles).items()},
    )
    print("openings", openings(articles).most_common(12))
    for phrase, count in worn_phrases(articles):
        print(f"  {count:>4} {phrase}")
    people, firms = names(articles)
    print(
        f"{len(people)} people, most: {people.most_common(8)}\n{len(firms)} firms, most: {firms.most_common(8)}"
    )
    print(
        f"cues, {cue_distance(articles):.3f} from PolNeAR's:",
        {k: round(v, 3) for k, v in cue_shares(articles).items()},
    )
    lines = list(broken_limits(articles, near))
    print("\n".join(lines), file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
