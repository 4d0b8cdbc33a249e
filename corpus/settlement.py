"""How the differences between the two passes were settled: which pass the corpus now follows, difference by difference.

    python -m corpus.settlement [--open]     # counts; with --open, lists where the corpus follows neither pass

A difference is a statement that only one pass has, or on a statement that both have another speaker, firm, or stance on a target
("not judged" counts as a stance).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from narrative.evaluate.annotation import Annotation, annotation_of
from narrative.evaluate.documents import read_documents
from narrative.evaluate.matching import matched
from narrative.evaluate.sameness import same_firm, same_person
from narrative.read.gold import GoldArticle, GoldStatement

HERE = Path(__file__).resolve().parent
NOT_JUDGED = "not judged"


class Settled(NamedTuple):
    """One difference and what became of it: `follows` is first, second or neither."""

    article: str
    words: str
    what: str
    first: str
    second: str
    now: str
    follows: str


def settled(
    first: Mapping[str, GoldArticle], second: Mapping[str, GoldArticle], now: Mapping[str, GoldArticle]
) -> Counter[str]:
    """Count the differences by the pass that the corpus follows."""
    return Counter(row.follows for row in differences(first, second, now))


def differences(
    first: Mapping[str, GoldArticle], second: Mapping[str, GoldArticle], now: Mapping[str, GoldArticle]
) -> Iterator[Settled]:
    """Yield every difference between the passes on articles that all three have."""
    for name in sorted(set(first) & set(second) & set(now)):
        yield from _of_article(*(annotation_of(side[name]) for side in (first, second, now)))


def _of_article(one: Annotation, two: Annotation, now: Annotation) -> Iterator[Settled]:
    pairs = matched(one.statements, two.statements, one.text)
    kept = {id(a): c for side in (one, two) for a, c in matched(side.statements, now.statements, one.text)}
    paired = {id(s) for pair in pairs for s in pair}
    for side, mine, theirs in ((one, "first", "second"), (two, "second", "first")):
        for statement in side.statements:
            if id(statement) not in paired:
                there = id(statement) in kept
                values = ("there", "not there") if mine == "first" else ("not there", "there")
                words = _words(one.text, statement)
                yield Settled(
                    one.id,
                    words,
                    "statement",
                    *values,
                    "there" if there else "not there",
                    mine if there else theirs,
                )
    for a, b in pairs:
        c = kept.get(id(a)) or kept.get(id(b))
        if c is not None:
            yield from _of_statement(one, two, now, (a, b, c))


def _of_statement(
    one: Annotation,
    two: Annotation,
    now: Annotation,
    same: tuple[GoldStatement, GoldStatement, GoldStatement],
) -> Iterator[Settled]:
    a, b, c = same
    words = _words(one.text, a)
    for what, equal in (("speaker", same_person), ("firm", same_firm)):
        x, y, z = (getattr(s, what) for s in same)
        if not equal(x, y):
            follows = "first" if equal(x, z) else "second" if equal(y, z) else "neither"
            yield Settled(one.id, words, what, str(x), str(y), str(z), follows)
    stances = [
        {j.target.lower(): j.stance for j in side.judgements if j.statement == s.name}
        for side, s in ((one, a), (two, b), (now, c))
    ]
    for target in sorted(stances[0].keys() | stances[1].keys()):
        x, y, z = (side.get(target, NOT_JUDGED) for side in stances)
        if x != y:
            follows = "first" if x == z else "second" if y == z else "neither"
            yield Settled(one.id, words, target, x, y, z, follows)


def _words(text: str, statement: GoldStatement) -> str:
    return " … ".join(" ".join(text[s:e].split()) for s, e in statement.content)


def main() -> None:
    """Print the counts, and the differences on which the corpus follows neither pass."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--open", action="store_true", help="list where the corpus follows neither pass")
    sides = [read_documents(HERE / folder) for folder in ("passes/first", "passes/second", "articles")]
    rows = list(differences(*({a.id: a for a in side} for side in sides)))
    for row in rows if parser.parse_args().open else ():
        if row.follows == "neither":
            print(f"{row.article} {row.what}: {row.first} / {row.second}, now {row.now}\n    {row.words}")
    by_kind = Counter(
        (row.what if row.what in ("statement", "speaker", "firm") else "stance or target", row.follows)
        for row in rows
    )
    for (what, follows), count in sorted(by_kind.items()):
        print(f"{what:<18}{follows:<9}{count:>5}")


if __name__ == "__main__":
    main()
