"""Finds and reads gold in either form: files of the corpus markup, or standoff lines with their texts beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from narrative.errors import NarrativeError, UsageError
from narrative.evaluate.standoff import digest, read_standoff
from narrative.read.annotated import GoldArticle
from narrative.read.corpus import read_corpus, split_of
from narrative.read.gold import read_gold
from narrative.targets import Targets, load_targets


def read_documents(
    path: Path, texts: Path | None = None, split: str = "all", targets: Targets | None = None
) -> list[GoldArticle]:
    """Read gold from a folder or file of the markup, or from a `.jsonl` of standoff annotations.

    `texts` is the folder of the latter's texts, by default the one beside it called `texts`. Raises NarrativeError for gold
    that cannot be read, two articles of one id or a target that does not exist, UsageError when there is nothing.
    """
    if not path.exists():
        raise NarrativeError(f"there is no gold at {path}")
    if path.suffix == ".jsonl" and path.is_file():
        found = list(read_standoff(path, texts or path.parent / "texts"))
    else:
        found = list(read_corpus(path)) if path.is_dir() else [read_gold(path)]
    _check(found, targets or load_targets())
    kept = [article for article in found if split in ("all", split_of(article))]
    if not kept:
        splits = ", ".join(sorted({split_of(article) for article in found}))
        some = f"its articles are of split {splits}, not {split}" if found else "no .txt files in it"
        raise UsageError(f"nothing to score at {path}: {some}")
    return kept


def digest_of(documents: Iterable[GoldArticle]) -> str:
    """Return a digest of texts and annotations, so that scores on other gold are not taken for comparable."""
    rows = sorted(
        f"{a.id} {digest(a.text)} {a.statements!r} {a.views!r} {a.figures!r} {a.people!r} {a.firms!r}"
        for a in documents
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]


def _check(found: Iterable[GoldArticle], targets: Targets) -> None:
    paths: dict[str, Path] = {}
    for article in found:
        if article.id in paths:
            raise NarrativeError(f"{article.path}: the id {article.id!r} is that of {paths[article.id]} too")
        paths[article.id] = article.path
        for view in article.views:
            try:
                targets[view.target]
            except UsageError as error:
                raise NarrativeError(f"{article.path}: {article.id}: {error}") from error
