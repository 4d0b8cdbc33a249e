"""No sentence of the corpus, its drills and its patterns comes from the real texts that are kept beside the project."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from narrative.read.corpus import read_corpus
from tests.shared.real_texts import read_rows
from tests.shared.word_runs import runs

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SLOT = re.compile(r"\{\w+(?::([^{}]*))?\}")
WORDS = 9  # a run of this many equal words is a copy, not a turn of phrase
#: what anybody has to say in these words: the names of things, and how an index moved
STOCK = re.compile(
    r"\b(?:dow jones|nasdaq|s p 500|russell|federal reserve|percent|points|index|bureau of|department|for the first time)\b"
)
FOLDERS = ("news", "quotes", "stance", "html", "ner/open")


def real_texts(shared: Path) -> Iterator[str]:
    for seed in (shared / "seeds").glob("*.txt"):
        yield seed.read_text(encoding="utf-8")
    for folder in FOLDERS:
        for path in sorted((shared / "data" / folder).glob("*.jsonl*")):
            for row in read_rows(path):
                yield from (str(row[key]) for key in ("title", "text") if row.get(key))


def our_texts() -> Iterator[tuple[str, str]]:
    for folder in ("articles", "drills"):
        yield from ((article.id, article.text) for article in read_corpus(CORPUS / folder))
    for path in sorted((CORPUS / "patterns").glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["pattern"]:
            words = f"{row.get('before', '')} {row['text']}"
            yield path.stem, SLOT.sub(lambda slot: slot[1] or "X", words)


def test_no_run_of_words_is_shared_with_real_texts(shared: Path) -> None:
    ours: dict[str, set[str]] = {}
    for name, text in our_texts():
        for run in runs(text, WORDS):
            ours.setdefault(run, set()).add(name)
    found = {run for text in real_texts(shared) for run in runs(text, WORDS) if run in ours}
    copied = {run: sorted(ours[run]) for run in found if not STOCK.search(run)}
    assert copied == {}
