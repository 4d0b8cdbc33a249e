"""Finds and reads gold in either form: files of the corpus markup, or standoff lines with their texts beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from narrative.errors import NarrativeError, UsageError
from narrative.evaluate.standoff import digest, read_standoff
from narrative.read.corpus import read_corpus, split_of
from narrative.read.gold import GoldArticle, read_gold

SPLITS = ("train", "dev", "test", "all")


def read_documents(path: Path, texts: Path | None = None, split: str = "all") -> list[GoldArticle]:
    """Read gold from a folder or file of the markup, or from a `.jsonl` of standoff annotations.

    `texts` is the folder of the latter's texts, by default the one beside it called `texts`. Raises NarrativeError for gold
    that cannot be read, UsageError when there is none.
    """
    if not path.exists():
        raise NarrativeError(f"there is no gold at {path}")
    if path.suffix == ".jsonl":
        found = list(read_standoff(path, texts or path.parent / "texts"))
    else:
        found = list(read_corpus(path)) if path.is_dir() else [read_gold(path)]
        found = [article for article in found if split in ("all", split_of(article))]
    if not found:
        raise UsageError(f"no annotated articles of split {split} in {path}")
    return found


def digest_of(documents: Iterable[GoldArticle]) -> str:
    """Return a digest of texts and annotations, so that scores on other gold are not taken for comparable."""
    rows = sorted(
        f"{a.id} {digest(a.text)} {a.statements!r} {a.views!r} {a.figures!r} {a.people!r} {a.firms!r}"
        for a in documents
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]
