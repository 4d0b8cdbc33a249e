"""Writes corpus/README.md: what the corpus holds, how it is split, where it repeats itself, how far two passes agree, how the reader scores.

    python -m corpus.card            # writes the card
    python -m corpus.card --check    # fails when the card is not what the corpus says

Read downwards: one function a section. The scores come from scores/*.json, which `narrative evaluate --json` wrote; the rest is counted here.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from corpus import settlement, similarity
from narrative.evaluate.cells import GROUPS, SHOWN, cells_of
from narrative.evaluate.documents import read_documents
from narrative.evaluate.scoring import compare_annotations
from narrative.evaluate.stance_scores import STANCES
from narrative.evaluate.summary import score_at, summary
from narrative.read.annotated import GoldArticle
from narrative.read.corpus import Split, read_corpus, split_of
from narrative.targets import STOCK

HERE = Path(__file__).resolve().parent
MAIN = 100  # views of a target that is asked to be in balance
SPLITS = get_args(Split)


def card() -> str:
    """Return the text of the card."""
    articles = list(read_corpus(HERE / "articles"))
    sections = (
        _head(articles),
        _batches(articles),
        _beside(),
        _balance(articles),
        _coverage(articles),
        _splits(articles),
        _similarity(articles),
        _agreement(articles),
        _audit(),
        _scores(),
        _use(),
    )
    return "\n".join(line for section in sections for line in (*section, ""))


def _head(articles: Sequence[GoldArticle]) -> Iterator[str]:
    views = [view for article in articles for view in article.views]
    stances = Counter(view.stance for view in views)
    bare = sum(len(a.statements) - len({v.statement for v in a.views}) for a in articles)
    statements = sum(len(a.statements) for a in articles)
    yield "# The corpus"
    yield ""
    yield "<!-- Written by `python -m corpus.card`; edit that, not this. -->"
    yield ""
    yield "Original articles in the manner of financial news, with attributed statements, target-level stance, names and figures marked in the text."
    yield "They train and test the reader, and are offered to others for the same. Rules and markup: `GUIDELINES.md`. Licence: Apache-2.0."
    yield ""
    yield "**Written and labelled by machine.** People, research houses, outlets and companies are invented; indices, funds, sectors, central banks and"
    yield "dates are real. Nothing in these texts was ever said by anybody. Labels follow the guidelines; a second pass by the same kind of annotator"
    yield "measures how consistent they are, not whether they are true."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| articles | {len(articles):,} ({_share(sum(not a.views for a in articles), len(articles))} without a view) |"
    yield f"| words | {sum(len(a.text.split()) for a in articles):,} |"
    yield f"| statements | {statements:,} ({_share(bare, statements)} without a view) |"
    yield f"| view-target pairs | {len(views):,} ({', '.join(f'{stances[s]:,} {s}' for s in STANCES)}) |"
    yield f"| figures | {sum(len(a.figures) for a in articles):,} |"
    yield f"| names marked | {sum(len(a.people) for a in articles):,} of people, {sum(len(a.firms) for a in articles):,} of firms |"
    families = Counter(a.family for a in articles)
    yield f"| mirrored pairs and rewrites | {sum(count > 1 for count in families.values())} families |"
    years = sorted(int(str(a.header["published"])[:4]) for a in articles)
    yield f"| dated | {years[0]} to {years[-1]} |"


def _batches(articles: Sequence[GoldArticle]) -> Iterator[str]:
    told = tomllib.loads((HERE / "batches.toml").read_text(encoding="utf-8"))
    by_batch = defaultdict(list)
    for article in articles:
        by_batch[article.path.parent.name].append(article)
    yield "## Batches"
    yield ""
    yield "| batch | articles | words | statements | pairs | figures | what |"
    yield "|---|---|---|---|---|---|---|"
    for batch, some in by_batch.items():
        counts = (len(some), *_content(some))
        yield f"| `{batch}` | {' | '.join(f'{n:,}' for n in counts)} | {told[batch]} |"


def _beside() -> Iterator[str]:
    """What only trains: short pieces, patterns, and annotations of openly licensed news whose texts are not here."""
    drills = list(read_corpus(HERE / "drills"))
    patterns = [
        row
        for path in sorted((HERE / "patterns").glob("*.toml"))
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["pattern"]
    ]
    real = [json.loads(line) for path in sorted((HERE / "real").glob("*.jsonl")) for line in _lines(path)]
    outlets = Counter(row["outlet"] for row in real)
    yield "## Beside the articles, for training alone"
    yield ""
    yield "| folder | what | pieces | statements | pairs |"
    yield "|---|---|---|---|---|"
    yield (
        "| `drills` | short original pieces in plain reporters' prose, most of whose voices hold no view: officials, managers, statisticians "
        f"| {len(drills):,} | {sum(len(a.statements) for a in drills):,} | {sum(len(a.views) for a in drills):,} |"
    )
    yield (
        "| `patterns` | single statements with slots for targets, filled anew in every epoch; the words around a name decide, not the name "
        f"| {len(patterns):,} | {len(patterns):,} | {sum(len(set(row) - {'text', 'before', 'who'}) for row in patterns):,} |"
    )
    yield (
        f"| `real` | offsets, labels and hashes, no text: {outlets['Wikinews']} Wikinews articles (CC BY 2.5) and {outlets['Reuters']} paragraphs of FinEntity (ODC-BY 1.0) "
        f"| {len(real):,} | {sum(len(row['statements']) for row in real):,} | {sum(len(row['views']) for row in real):,} |"
    )


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def _balance(articles: Sequence[GoldArticle]) -> Iterator[str]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        for view in article.views:
            counts["single companies" if view.target.startswith(STOCK) else view.target][view.stance] += 1
    rows = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    main = [(target, row) for target, row in rows if row.total() >= MAIN]
    rest = [
        f"{target} {'/'.join(str(row[s]) for s in STANCES)}" for target, row in rows if row.total() < MAIN
    ]
    yield "## Stance by target"
    yield ""
    yield "| target | " + " | ".join(STANCES) + " | neutral share |"
    yield "|---|---|---|---|---|"
    for target, row in main:
        yield f"| {target} | {' | '.join(str(row[s]) for s in STANCES)} | {_share(row['neutral'], row.total())} |"
    yield ""
    yield f"Fewer than {MAIN} (bullish/bearish/neutral): {', '.join(rest)}."


def _coverage(articles: Sequence[GoldArticle]) -> Iterator[str]:
    counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for article in articles:
        counts[split_of(article)].update(cells_of(article))
    yield "## Coverage"
    yield ""
    yield "Articles of train / dev / test in each cell of the guidelines' list. Cells marked * are as their writers declare; the others are taken from the marks."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for group, cells in GROUPS.items():
        told = (
            f"{cell}{'' if cell in SHOWN or group == 'shape' else '*'} {' / '.join(str(counts[s][cell]) for s in SPLITS)}"
            for cell in cells
        )
        yield f"| {group} | {'; '.join(told)} |"


def _splits(articles: Sequence[GoldArticle]) -> Iterator[str]:
    yield "## Splits"
    yield ""
    yield "By a hash of the article's family (mirrors and rewrites stay together): train 70, dev 15, test 15. Articles on `strong_dollar` are test only: a"
    yield "narrative that no model has been trained on."
    yield ""
    yield "| split | articles | families | words | statements | pairs | figures |"
    yield "|---|---|---|---|---|---|---|"
    for split in SPLITS:
        some = [a for a in articles if split_of(a) == split]
        counts = (len(some), len({a.family for a in some}), *_content(some))
        yield f"| {split} | {' | '.join(f'{n:,}' for n in counts)} |"


def _similarity(articles: Sequence[GoldArticle]) -> Iterator[str]:
    near = similarity.near_duplicates(articles)
    people, firms = similarity.names(articles)
    opening = similarity.openings(articles)
    ours = similarity.cue_shares(articles)
    yield "## Where it repeats itself"
    yield ""
    yield "`python -m corpus.similarity` looks for it and fails past these limits; what it found was rewritten."
    yield ""
    yield "| | found | limit |"
    yield "|---|---|---|"
    across = sum(pair.across for pair in near)
    yield f"| near-duplicate sentences between train and the rest (half of their word triples shared, numbers aside) | {across} | {similarity.MOST_NEAR_ACROSS} |"
    yield f"| near-duplicate sentences of different families within a split | {len(near) - across} | |"
    for split, shared in similarity.shared_with_train(articles).items():
        yield f"| {similarity.NGRAM}-grams of {split} that train has too | {shared:.2%} | {similarity.MOST_SHARED:.0%} |"
    word, count = opening.most_common(1)[0]
    yield f"| headlines that begin with the most frequent word, *{word}* | {_share(count, len(articles))} | {similarity.MOST_OPENING:.0%} |"
    yield f"| distance of the reporting verbs from PolNeAR's (total variation) | {similarity.cue_distance(articles):.2f} | {similarity.MOST_CUE_DISTANCE} |"
    yield ""
    told = ", ".join(
        f"*{verb}* {ours[verb]:.1%} ({share:.1%})" for verb, share in similarity.POLNEAR_CUES.items()
    )
    yield f"Reporting verbs, all forms together (in PolNeAR): {told}."
    yield ""
    worn = "; ".join(f"*{phrase}* {count}" for phrase, count in similarity.worn_phrases(articles)[:6])
    yield f"Phrases of five words that most families share: {worn}."
    yield ""
    yield f"{len(people):,} people speak, the most frequent in {max(people.values())} families; {len(firms):,} firms, among them the real central banks and agencies."


def _agreement(articles: Sequence[GoldArticle]) -> Iterator[str]:
    passes = HERE / "passes"
    yield "## Agreement"
    yield ""
    yield from (passes / "README.md").read_text(encoding="utf-8").strip().split("\n")
    yield ""
    yield "| pass over | articles | span F1 | direct found | indirect found | speaker | firm | people F1 | firms F1 | figures F1 | targets F1 | stance kappa | pairs | chain F1 |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    first = {a.id: a for a in read_documents(passes / "first")}
    second = {a.id: a for a in read_documents(passes / "second")}
    for split in ("dev", "test"):
        ids = sorted(a.id for a in articles if split_of(a) == split and a.id in first and a.id in second)
        scores = summary(compare_annotations([first[i] for i in ids], [second[i] for i in ids]))
        yield f"| {split} | {len(ids)} | {' | '.join(_agreed(scores))} |"
    real = json.loads((HERE / "scores" / "real-agreement.json").read_text(encoding="utf-8"))
    yield f"| real texts | {real['articles']} | {' | '.join(_agreed(real))} |"
    yield ""
    settled = {a.id: a for a in articles}
    counts = settlement.settled(first, second, settled)
    yield f"Settled one by one: of {counts.total():,} differences in stance, target, speaker or firm the settled corpus follows the first pass in {counts['first']:,},"
    yield f"the second in {counts['second']:,}, and neither in {counts['neither']:,}."


def _agreed(scores: dict[str, Any]) -> Iterator[str]:
    found, right, stance = scores["found"], scores["right"], scores["stance"]
    for value in (
        found["statements"]["f1"],
        right["found direct"]["rate"],
        right["found indirect"]["rate"],
        right["speaker"]["rate"],
        right["firm"]["rate"],
        found["people"]["f1"],
        found["firms"]["f1"],
        found["figures"]["f1"],
        found["targets"]["f1"],
        stance["kappa"],
    ):
        yield f"{value:.3f}"
    yield str(stance["pairs"])
    yield f"{found['chain']['f1']:.3f}"


def _audit() -> Iterator[str]:
    yield "## Reading by a fresh pair of eyes"
    yield ""
    yield from (HERE / "passes" / "AUDIT.md").read_text(encoding="utf-8").strip().split("\n")


def _scores() -> Iterator[str]:
    """The reader's scores, as `narrative evaluate --json` gave them; the digest shows on which gold."""
    paths = {name: HERE / "scores" / f"{name}.json" for name in ("corpus-dev", "corpus-test", "real")}
    scores = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    models = " ".join(sorted({f"`{one['model'].split('/')[0]}`" for one in scores.values()}))
    yield "## How the reader scores"
    yield ""
    yield f"Model {models}, the first one, trained on part of the train split; `narrative evaluate`, 95 % intervals by bootstrap over families. `real` is the"
    yield "real-text set under `tests/shared`: annotated twice the same way, never trained on, its texts not here (its first five articles were looked at when the"
    yield "first rules were written). These are the numbers the next reader has to rise from; `floors.toml` keeps any from falling."
    yield ""
    yield "| | " + " | ".join(scores) + " |"
    yield "|---" * (len(scores) + 1) + "|"
    yield "| articles | " + " | ".join(str(s["articles"]) for s in scores.values()) + " |"
    for label, path in _SHOWN_SCORES:
        yield f"| {label} | " + " | ".join(_cell(s, path) for s in scores.values()) + " |"


_SHOWN_SCORES = (
    ("statements F1 (content IoU >= .8)", "found.statements.f1"),
    ("direct statements found", "right.found direct.rate"),
    ("indirect statements found", "right.found indirect.rate"),
    ("speaker, where one is named", "right.speaker.rate"),
    ("firm, where one is named", "right.firm.rate"),
    ("people F1 (exact span)", "found.people.f1"),
    ("firms F1 (exact span)", "found.firms.f1"),
    ("figures F1 (exact span)", "found.figures.f1"),
    ("unit of a figure", "right.unit.rate"),
    ("subject of a figure", "right.subject.rate"),
    ("targets judged F1, on matched statements", "found.targets.f1"),
    ("stance macro-F1, annotated statements given", "stance given.macro_f1"),
    ("kappa", "stance given.kappa"),
    ("bullish and bearish reversed", "stance given.reversed"),
    ("answered, not abstained", "stance given.answered"),
    ("calibration error", "stance given.ece"),
    ("pairs", "stance given.pairs"),
    ("chain F1: who said what stance on what", "found.chain.f1"),
)
_INTERVALS = {
    "found.statements.f1": "statements",
    "found.targets.f1": "targets",
    "stance given.macro_f1": "stance given",
    "found.chain.f1": "chain",
}


def _cell(scores: dict[str, Any], path: str) -> str:
    value = score_at(scores, path)
    if value is None or isinstance(value, int):
        return "-" if value is None else str(value)
    interval = scores["interval"].get(_INTERVALS.get(path, ""))
    return f"{value:.3f}" + (f" ({interval[0]:.2f}-{interval[1]:.2f})" if interval else "")


def _use() -> Iterator[str]:
    yield "## Use"
    yield ""
    yield "    from pathlib import Path"
    yield "    from narrative.read.corpus import read_corpus, split_of"
    yield ""
    yield '    for article in read_corpus(Path("corpus/articles")):'
    yield "        print(article.id, split_of(article), len(article.statements), len(article.views))"
    yield ""
    yield "`python -m corpus.checks FILES` looks for slips in annotations, `narrative evaluate` scores the reader on them. `site/` is the web of `narrative demo`,"
    yield "with a README of its own."


def _content(articles: Sequence[GoldArticle]) -> tuple[int, int, int, int]:
    """Count words, statements, views and figures."""
    return (
        sum(len(article.text.split()) for article in articles),
        sum(len(article.statements) for article in articles),
        sum(len(article.views) for article in articles),
        sum(len(article.figures) for article in articles),
    )


def _share(count: int, total: int) -> str:
    return f"{count / total:.0%}" if total else "-"


def main() -> int:
    """Write the card, or check it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="fail when README.md is not what would be written"
    )
    check = parser.parse_args().check
    path, text = HERE / "README.md", card()
    if not check:
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        print(f"{path} is not what the corpus says; write it with python -m corpus.card", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
