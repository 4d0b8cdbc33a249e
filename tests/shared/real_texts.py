"""The texts of the real-text set, gathered from the shared data; the project holds their ids, hashes and annotations only.

python -m tests.shared.real_texts FOLDER        # writes FOLDER/<id>.txt, for `narrative evaluate --texts FOLDER`
python -m tests.shared.real_texts FOLDER dev    # the same of the texts that rules and thresholds are tuned on
"""

from __future__ import annotations

import gzip
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1].parent / "shared"
DOCUMENTS = {"test": HERE / "real" / "documents.toml", "dev": HERE / "real" / "documents-dev.toml"}


def texts(shared: Path = SHARED, split: str = "test") -> Iterator[tuple[str, str]]:
    """Yield id and text of every document of a split, in the order of the list."""
    for row in tomllib.loads(DOCUMENTS[split].read_text(encoding="utf-8"))["document"]:
        yield row["id"], _SETS[row["set"]](shared, row["key"])


def write_texts(folder: Path, shared: Path = SHARED, split: str = "test") -> Path:
    """Write every text as `<id>.txt` below `folder`, which is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts(shared, split):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    return folder


def _seed(shared: Path, key: str) -> str:
    return next((shared / "seeds").glob(f"{key}_*.txt")).read_text(encoding="utf-8")


def _html(shared: Path, key: str) -> str:
    rows = _rows(shared / "data" / "html" / "gold.jsonl")
    return next(f"{row['title']}\n\n{row['text']}" for row in rows if row["id"] == key)


def _polnear(shared: Path, key: str) -> str:
    split, _, name = key.partition(":")
    rows = _rows(shared / "data" / "quotes" / f"polnear.{split}.jsonl")
    return next(str(row["text"]) for row in rows if row["doc"] == name)


def _news(shared: Path, key: str) -> str:
    """A story or one-line description under its headline; `key` is day and headline."""
    day, _, title = key.partition(" ")
    rows = _rows(shared / "data" / "news" / "news.jsonl.gz")
    return next(
        f"{title}\n\n{row['text']}"
        for row in rows
        if row["title"] == title and row["published"][:10] == day and row["text"]
    )


def _finentity(shared: Path, key: str) -> str:
    """A paragraph of market news, named by its first words."""
    rows = _rows(shared / "data" / "stance" / "finentity.jsonl")
    return next(str(row["text"]) for row in rows if row["text"].startswith(key))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSON lines file, gzipped or not."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").split("\n")
    return (json.loads(line) for line in lines if line)


@lru_cache(maxsize=8)
def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(read_rows(path))


_SETS: dict[str, Callable[[Path, str], str]] = {
    "seed": _seed,
    "html": _html,
    "polnear": _polnear,
    "news": _news,
    "finentity": _finentity,
}

if __name__ == "__main__":
    write_texts(Path(sys.argv[1]), split=sys.argv[2] if len(sys.argv) > 2 else "test")
