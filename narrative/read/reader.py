"""One article in, claims out: the order of the reading steps, and nothing else."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from narrative.bundled import data
from narrative.read.encoder import StanceModel
from narrative.read.figures import figures
from narrative.read.names import names
from narrative.read.passages import passages
from narrative.read.stance import views
from narrative.read.statements import statements
from narrative.read.tags import Tagger, Tags
from narrative.targets import Targets
from narrative.terms import Article, Reading, Vintage

#: rooms of annotated articles: they read nothing, so that a change of theirs is no change of the reader
_ANNOTATED = {"annotated", "corpus", "gold", "markup"}


def vintage_of(model: StanceModel, targets: Targets) -> Vintage:
    """Return what reads and judges: the model with the reading code, and the target definitions.

    The code is part of it because better extraction under an old name would be taken for a reading that is kept already.
    """
    return Vintage(f"{model.name}/{_code()}", targets.digest, model.trained_through)


@lru_cache(maxsize=1)
def _code() -> str:
    """Return a digest of the reading rooms' source and of the facts they read; the rooms of annotated articles read nothing."""
    here = Path(__file__).parent
    files = [
        *sorted(path for path in here.glob("*.py") if path.stem not in _ANNOTATED),
        *(data(name) for name in ("cues.toml", "words.toml", "firms.csv", "instruments.csv")),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def read_article(article: Article, model: StanceModel, targets: Targets) -> Reading:
    """Read one article: passages, names, figures, statements, views. A stub is located and not read further."""
    vintage = vintage_of(model, targets)
    if article.stub:
        return Reading(article, vintage)
    found = passages(article)
    tags = Tags(article.text, found, model) if isinstance(model, Tagger) else None
    mentions = names(article.text, found, article, tags)
    numbers = figures(article.text, found, mentions, article.id, tags)
    said = statements(article, found, mentions, tags)
    judged = views(article, found, mentions, numbers, said, model, targets, vintage, tags)
    return Reading(article, vintage, tuple(found), mentions, numbers, said, judged)
