"""One article in, claims out: the order of the reading steps, and nothing else."""

from __future__ import annotations

from narrative.read.encoder import StanceModel
from narrative.read.figures import figures
from narrative.read.names import names
from narrative.read.passages import passages
from narrative.read.stance import views
from narrative.read.statements import statements
from narrative.targets import Targets
from narrative.terms import Article, Reading, Vintage


def vintage_of(model: StanceModel, targets: Targets) -> Vintage:
    """Return what judges: the model and the target definitions."""
    return Vintage(model.name, targets.digest, model.trained_through)


def read_article(article: Article, model: StanceModel, targets: Targets) -> Reading:
    """Read one article: passages, names, figures, statements, views. A stub is located and not read further."""
    vintage = vintage_of(model, targets)
    if article.stub:
        return Reading(article, vintage)
    found = passages(article)
    mentions = names(article.text, found, article)
    numbers = figures(article.text, found, mentions, article.id)
    said = statements(article, found, mentions)
    judged = views(article, found, mentions, numbers, said, model, targets, vintage)
    return Reading(article, vintage, tuple(found), mentions, numbers, said, judged)
