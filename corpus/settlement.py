"""How the differences between the two passes were settled: which pass the corpus now follows, difference by difference.

    python -m corpus.settlement [--open]     # counts; with --open, lists where the corpus follows neither pass

A difference is a statement, or another cut of the same words, that only one pass has; or, on a statement that both have, another
speaker, firm, or stance on a target ("not judged" counts as a stance).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from narrative.evaluate.annotation import Annotation, annotation_of
from narrative.evaluate.counting import aligned
from narrative.evaluate.documents import read_documents
from narrative.evaluate.matching import matched
from narrative.evaluate.sameness import same_firm, same_key, same_person, same_target
from narrative.read.annotated import GoldArticle, GoldStatement
from narrative.terms import said

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
    for group in _overlapping(
        [s for s in one.statements if id(s) not in paired], [s for s in two.statements if id(s) not in paired]
    ):
        yield _of_cut(one, group, kept)
    for a, b in pairs:
        c = kept.get(id(a)) or kept.get(id(b))
        if c is not None:
            yield from _of_statement(one, two, now, (a, b, c))
        else:
            yield Settled(
                one.id, said(one.text, a.content), "statement", "there", "there", "not there", "neither"
            )


def _overlapping(
    one: list[GoldStatement], two: list[GoldStatement]
) -> Iterator[tuple[list[GoldStatement], list[GoldStatement]]]:
    """Group statements that only one pass has by the words they share: another cut of the same words is one difference."""
    left = [("one", s) for s in one] + [("two", s) for s in two]
    while left:
        group = [left.pop(0)]
        while more := [item for item in left if any(_share(item[1], other) for _, other in group)]:
            group += more
            left = [item for item in left if item not in more]
        yield [s for side, s in group if side == "one"], [s for side, s in group if side == "two"]


def _share(a: GoldStatement, b: GoldStatement) -> bool:
    return any(s < y and x < e for s, e in a.content for x, y in b.content)


def _of_cut(
    one: Annotation, group: tuple[list[GoldStatement], list[GoldStatement]], kept: Mapping[int, GoldStatement]
) -> Settled:
    """A pass is followed when all its statements stand, and none of the other's that it lacks."""
    first, second = ([id(s) in kept for s in side] for side in group)
    words = said(one.text, (group[0] or group[1])[0].content)
    shown = ["there" if side else "not there" for side in group]
    if all(first) and not any(second):
        follows = "first"
    elif all(second) and not any(first):
        follows = "second"
    else:
        follows = "neither"
    now = "there" if any(first) or any(second) else "not there"
    return Settled(one.id, words, "statement", *shown, now, follows)


def _of_statement(
    one: Annotation,
    two: Annotation,
    now: Annotation,
    same: tuple[GoldStatement, GoldStatement, GoldStatement],
) -> Iterator[Settled]:
    a, b, c = same
    words = said(one.text, a.content)
    for what, equal in (("speaker", same_person), ("firm", same_firm)):
        x, y, z = (getattr(s, what) for s in same)
        if not equal(x, y):
            follows = "first" if equal(x, z) else "second" if equal(y, z) else "neither"
            yield Settled(one.id, words, what, str(x), str(y), str(z), follows)
    sides = [side.judgements_of(s) for side, s in ((one, a), (two, b), (now, c))]
    both, only_one, only_two = aligned(sides[0], sides[1], same_key, same_target)
    for x, y in [*both, *((j, None) for j in only_one), *((None, j) for j in only_two)]:
        told = [NOT_JUDGED if j is None else j.stance for j in (x, y)]
        if told[0] != told[1]:
            judged = next(j for j in (x, y) if j is not None)
            z = next((j.stance for j in sides[2] if same_target(j, judged)), NOT_JUDGED)
            follows = "first" if z == told[0] else "second" if z == told[1] else "neither"
            yield Settled(one.id, words, judged.target, *told, z, follows)


def main() -> None:
    """Print the counts, and the differences on which the corpus follows neither pass."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--open", action="store_true", help="list where the corpus follows neither pass")
    given = parser.parse_args()
    sides = [read_documents(HERE / folder) for folder in ("passes/first", "passes/second", "articles")]
    rows = list(differences(*({a.id: a for a in side} for side in sides)))
    for row in rows if given.open else ():
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
