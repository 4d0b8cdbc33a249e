"""What was corrected by hand as training rows: the pair the model was asked about, with the label it should have given.

A row has all that makes a `read.encoder.Pair` and its class, as JSON values, so that a training script needs no ledger:

    Pair(row["name"], row["text"], spans(row["said"]), spans(row["named"]), row["voice"])
    CLASSES.index(row["label"])

`name` is the printed name of `target`, `text` the statement in its context, `said` and `named` are spans of code points in it
(the statement, the target's names), `voice` tells who speaks; `label` is a stance, or "unjudged" for a target that the words
only mention. Beside them stand `view`, `outlet`, `url`, what the `model` had said (`judged`), and the hand's `note` and `at`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from narrative.ledger import Ledger
from narrative.ledger.corrections import Corrected
from narrative.read.candidates import Scene
from narrative.read.encoder import CLASSES, Pair
from narrative.read.passages import passages
from narrative.read.voice import voice
from narrative.targets import Targets
from narrative.terms import Reading, Statement, View

MENTIONED = CLASSES[3]


def training_rows(ledger: Ledger, targets: Targets, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each correction in force, in the order they were recorded; count in `left_out` why some have none.

    Pages whose site forbids the training of models give none.
    """
    for corrected in ledger.corrected_views():
        reading = ledger.reading_of(corrected.view)
        if not ledger.may_train(reading.article.id):
            left_out["from a page that forbids training"] += 1
        elif not reading.article.text:
            left_out["imported without words"] += 1
        elif corrected.target not in targets:
            left_out["on a target that the vocabulary does not have"] += 1
        else:
            yield _row(corrected, reading, targets)


def _row(corrected: Corrected, reading: Reading, targets: Targets) -> dict[str, Any]:
    view = next(view for view in reading.views if view.id == corrected.view)
    statement = next(one for one in reading.statements if one.id == view.statement)
    pair = _pair(reading, statement, view, targets)
    return {
        "target": view.target,
        "name": pair.target,
        "text": pair.text,
        "said": [list(span) for span in pair.said],
        "named": [list(span) for span in pair.named],
        "voice": pair.voice,
        "label": MENTIONED if corrected.stance == "none" else corrected.stance,
        "view": view.id,
        "outlet": reading.article.outlet,
        "url": reading.article.url or None,
        "model": reading.vintage.model,
        "judged": view.stance,
        "note": corrected.note,
        "at": corrected.recorded_at.isoformat(),
    }


def _pair(reading: Reading, statement: Statement, view: View, targets: Targets) -> Pair:
    """Return the question that the present code would put to a model about this statement and target."""
    article = reading.article
    scene = Scene(article.text, passages(article), reading.mentions, targets)
    who = voice(statement.speaker, statement.title, statement.firm)
    for candidate in scene.candidates(statement.content, statement.firm, voice=who):
        if candidate.target == view.target:
            return candidate.pair
    return scene.pair(view.target, statement.content, who)
