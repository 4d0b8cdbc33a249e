"""The reader on labelled sets that others made: python -m tests.shared.labelled_sets [SHARED] prints what it scores.

Quotes: PolNeAR by the project's scorer (reporting cues, pieces by themselves). Names: exact spans, persons and organisations.
Stance: macro-F1 of the three labels, where "not judged" reads as neutral.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from narrative.evaluate.outcome import JudgedPair
from narrative.evaluate.stance_scores import macro_f1
from narrative.read.encoder import CLASSES, Pair, Reader, load_reader
from narrative.read.names import names
from narrative.read.page import article_of_text
from narrative.read.parallel import in_parallel
from narrative.read.passages import passages
from narrative.read.statements import statements
from narrative.read.tags import Tags
from narrative.read.voice import FREE_TEXT
from narrative.terms import Article, Passage, Span
from tests.shared.real_texts import read_rows

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
NAME_SETS = {"FIRE": "open/fire.test", "FiNER-ORD": "research/finer_ord.test"}
STANCE_SETS = {
    # what: file, beginning of the rows' data set, whether only texts with several labels
    "SEntFiN": ("sentfin.jsonl.gz", "", False),
    "SEntFiN attributed": ("sentfin.jsonl.gz", "sentfin_attributed", False),
    "SEntFiN mixed labels": ("sentfin.jsonl.gz", "", True),
    "FinEntity": ("finentity.jsonl", "", False),
    "FX headlines": ("fxnews.jsonl", "", False),
}


def quote_scores(shared: Path, split: str, reader: Reader | None) -> dict[str, dict[str, float]]:
    """F1 on PolNeAR's `split` by the scorer's metric and kind of quote; without a reader, of the rules alone."""
    gold = shared / "data" / "quotes" / f"polnear.{split}.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.jsonl"
        with found.open("w", encoding="utf-8") as file:
            for row in read_rows(gold):
                file.write(json.dumps({"id": row["id"], "quotes": _quotes(row["text"], reader)}) + "\n")
        scorer = [
            sys.executable,
            shared / "tools" / "score_quotes.py",
            gold,
            found,
            "--say",
            "--pieces",
            "--json",
        ]
        done = subprocess.run(list(map(str, scorer)), capture_output=True, text=True, check=True)
    out: dict[str, dict[str, float]] = {}
    for row in json.loads(done.stdout)["rows"]:
        out.setdefault(row["metric"], {})[row["kind"]] = row["f1"]
    return out


def _quotes(text: str, reader: Reader | None) -> list[dict[str, Any]]:
    article = article_of_text(text, path="a", url="", title="", outlet="", published=None, available_at=None)
    found = passages(article)
    tags = Tags(article.text, found, reader) if reader else None
    said = statements(article, found, names(article.text, found, article, tags), tags)
    return [
        {
            "kind": s.mode,
            "content": [list(c) for c in s.content],
            "source": [list(s.source)] if s.source else [],
        }
        for s in said
    ]


def name_scores(path: Path, reader: Reader | None) -> dict[str, float]:
    """F1 of persons and organisations of a name set; without a reader, of gazetteer and rules alone."""
    counts = {"PERSON": [0, 0], "ORG": [0, 0]}
    rows = list(read_rows(path))
    found = in_parallel(lambda row: _names(row["text"], reader), rows)
    for row, got in zip(rows, found, strict=True):
        gold = {(label, start, end) for start, end, label in row["entities"] if label in counts}
        for label, count in counts.items():
            one, other = ({span for span in side if span[0] == label} for side in (gold, got))
            count[0] += 2 * len(one & other)
            count[1] += len(one) + len(other)
    return {label: hits / total for label, (hits, total) in counts.items()}


def _names(text: str, reader: Reader | None) -> set[tuple[str, int, int]]:
    whole = Span(0, len(text))
    found = (Passage(whole, "paragraph", (whole,)),)
    tags = Tags(text, found, reader) if reader else None
    kinds = {"person": "PERSON", "firm": "ORG"}
    mentions = names(text, found, Article("x", "", "", "", text), tags)
    return {(kinds[m.kind], *m.span) for m in mentions if m.kind in kinds}


def stance_score(shared: Path, name: str, split: str, reader: Reader) -> float:
    """Macro-F1 of one of STANCE_SETS."""
    file, origin, only_mixed = STANCE_SETS[name]
    rows = [row for row in read_rows(shared / "data" / "stance" / file) if row["split"] == split]
    rows = [row for row in rows if row["target"] and row["dataset"].startswith(origin)]
    if only_mixed:
        labels: dict[str, set[str]] = {}
        for row in rows:
            labels.setdefault(row["text"], set()).add(row["label"])
        rows = [row for row in rows if len(labels[row["text"]]) > 1]
    found = in_parallel(lambda row: _label(row, reader), rows)
    return macro_f1([JudgedPair(row["label"], label) for row, label in zip(rows, found, strict=True)]) or 0.0


def _label(row: dict[str, str], reader: Reader) -> str:
    place = re.search(re.escape(row["target"]), row["text"], re.IGNORECASE)
    named = (Span(*place.span()),) if place else ()
    logits = reader.logits(Pair(row["target"], row["text"], (Span(0, len(row["text"])),), named, FREE_TEXT))
    best = int(logits.argmax())
    return CLASSES[2] if best == 3 else CLASSES[best]


def main() -> None:
    """Print every score, dev and test."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    reader = load_reader()
    for split in ("dev", "test"):
        for what, by in (("reader", reader), ("rules", None)):
            scores = quote_scores(shared, split, by)
            for metric in ("iou80", "iou80+ovl"):
                told = ", ".join(f"{kind} {f1:.3f}" for kind, f1 in scores[metric].items())
                print(f"PolNeAR {split}, {what}, {metric}: {told}")
    for name, path in NAME_SETS.items():
        for what, by in (("reader", reader), ("rules", None)):
            scored = name_scores(shared / "data" / "ner" / f"{path}.jsonl", by)
            print(f"{name} test, {what}:", {k: round(v, 3) for k, v in scored.items()})
    for name in STANCE_SETS:
        both = [f"{split} {stance_score(shared, name, split, reader):.3f}" for split in ("dev", "test")]
        print(f"{name}:", ", ".join(both))


if __name__ == "__main__":
    main()
