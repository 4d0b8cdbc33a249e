"""Every statement that is kept, judged again: another model, or targets that were not there before. No network.

`reread` and `rejudge` both go over everything that is kept and add a vintage beside the old ones; they differ in how far
back they begin. `reread` begins with the bytes of a page: text, statements and judgement are all the present code's.
`rejudge` begins with the statements of the last reading: text, words and who said them stay, and only what they mean for
which target is asked anew, by any model. Its vintages carry a name of their own (MODEL/CODE/rejudged), because the statements
may be those of earlier code; what the present model and code have read themselves is not judged twice. An article speaks
through the last reading of it, whichever of the two that was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from narrative.ledger import Ledger
from narrative.ledger.judgements import LastJudged
from narrative.ledger.rereadings import Speaking
from narrative.pipeline import Progress
from narrative.read.encoder import Judged, Pair, StanceModel
from narrative.read.passages import passages
from narrative.read.reader import vintage_of
from narrative.read.stance import views
from narrative.read.tags import Tagger, Tags
from narrative.targets import Targets
from narrative.terms import Reading, View, Vintage

_ALL, _NEW = "rejudged", "new-targets"
_TURN = re.compile(rf"({_ALL}|{_NEW})\d+$")  # the number behind the name of a vintage that came again
_NOTHING = Judged(0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class RejudgeSummary:
    """What judging again changed. Articles, statements and views are those of this run.

    `otherwise` counts the views of the whole vintage that take another stance than the reading before it; `before` and
    `after` are the whole ledger. `added` are the targets that were asked about when it was only about new ones, with `certain`
    those that came to the vocabulary since, without it those that had no view; `elsewhere` are the articles left alone then
    because another model or other code has judged them.
    """

    vintage: Vintage
    before: Speaking
    after: Speaking
    articles: int = 0
    statements: int = 0
    views: int = 0
    otherwise: int = 0
    added: tuple[str, ...] = ()
    certain: bool = False
    elsewhere: int = 0


def rejudge(
    ledger: Ledger,
    model: StanceModel,
    targets: Targets,
    progress: Progress | None = None,
    *,
    only_new: bool = False,
) -> RejudgeSummary:
    """Judge the statements of every article whose last judgement is not by this model, code and target definitions.

    With `only_new` the statements are asked only about the user's targets that are new since their last judgement (where that
    cannot be told, about all on which no earlier definitions gave a view), and all other views are taken over as they are;
    this needs a last judgement by the same model and code. Each article is one transaction: a run that was stopped goes on
    where it was, and one that has ended finds nothing to do.
    """
    told = progress or (lambda _stage, _done, _all: None)
    run = _Run(ledger, model, targets, only_new=only_new)
    before = ledger.speaking()
    for done, number in enumerate(run.todo, 1):
        run.article(number)
        told("articles", done, len(run.todo))
    otherwise = ledger.judged_otherwise(run.vintage) if run.todo else 0
    ledger.seal_days()
    return RejudgeSummary(
        run.vintage,
        before,
        ledger.speaking(),
        **run.tally,
        otherwise=otherwise,
        added=run.added,
        certain=run.certain,
        elsewhere=run.elsewhere,
    )


class _Run:
    """One pass of one model over the articles that it has to judge."""

    def __init__(self, ledger: Ledger, model: StanceModel, targets: Targets, *, only_new: bool) -> None:
        plain = vintage_of(model, targets)
        judged, self.elsewhere = _todo(ledger.last_judged(), plain, only_new=only_new)
        self.todo = [one.article for one in judged]
        fresh = _fresh(judged, targets) if only_new else None
        self.certain = fresh is not None
        self.added = (_unseen(ledger, targets) if fresh is None else fresh) if only_new else ()
        if only_new and not self.added:
            self.todo = []
        self.vintage = _named(ledger, plain, self.todo, _NEW if only_new else _ALL)
        self.tally: Counter[str] = Counter()
        self._ledger = ledger
        self._model = model
        self._targets = targets
        self._only_new = only_new
        names = {targets[target].name for target in self.added}
        self._asked: StanceModel = _Narrowed(model, names) if only_new else model

    def article(self, number: int) -> None:
        """Judge the statements of one article, given by its row, and keep what they mean."""
        kept = self._ledger.last_reading(number)
        found = self._views(kept)
        if self._ledger.keep_judgement(number, kept.vintage, self.vintage, found, beside=self._only_new):
            said = sum(not statement.dup for statement in kept.statements)
            self.tally.update(articles=1, statements=said, views=len(found))

    def _views(self, kept: Reading) -> list[View]:
        article, model = kept.article, self._model
        places = passages(article)
        # tags say which targets are meant that no words name: those the model was trained on, seldom a new one
        named = self._only_new and isinstance(model, Tagger) and set(self.added).isdisjoint(model.topics)
        tags = Tags(article.text, places, model) if isinstance(model, Tagger) and not named else None
        judged = views(
            article,
            places,
            kept.mentions,
            kept.figures,
            kept.statements,
            self._asked,
            self._targets,
            self.vintage,
            tags,
        )
        return [view for view in judged if not self._only_new or view.target in self.added]


def _fresh(judged: Sequence[LastJudged], targets: Targets) -> tuple[str, ...] | None:
    """Return the targets that came to the vocabulary since some articles were judged; None where that cannot be told."""
    definitions = {one.targets for one in judged}
    rows = targets.since(definitions.pop()) if len(definitions) == 1 else None
    return None if rows is None else tuple(row.id for row in rows)


def _unseen(ledger: Ledger, targets: Targets) -> tuple[str, ...]:
    """Return the targets of the vocabulary on which no view was made under other definitions.

    A target that is new is among them; so is one that was asked about before and never judged, which does no harm.
    """
    before = ledger.targets_before(targets.digest)
    return tuple(target.id for target in targets if target.id not in before)


def _todo(last: Sequence[LastJudged], plain: Vintage, *, only_new: bool) -> tuple[list[LastJudged], int]:
    """Return the last judgements of the articles to judge, and how many others must stay as they are."""
    ways = (_ALL, _NEW) if only_new else (_ALL,)
    done = {plain.model, *(f"{plain.model}/{way}" for way in ways)}
    todo: list[LastJudged] = []
    elsewhere = 0
    for one in last:
        own = one.model == plain.model or one.model.startswith(f"{plain.model}/")
        if one.targets == plain.targets and own and _TURN.sub(r"\1", one.model) in done:
            continue
        if only_new and not own:
            elsewhere += 1
        else:
            todo.append(one)
    return todo, elsewhere


def _named(ledger: Ledger, plain: Vintage, todo: Collection[int], way: str) -> Vintage:
    """Return the vintage of this run.

    A vintage reads an article once. Whoever comes back to a model after another one has judged gets the next number.
    """
    turn = 1
    while True:
        name = f"{plain.model}/{way}{turn if turn > 1 else ''}"
        vintage = Vintage(name, plain.targets, plain.trained_through)
        if not ledger.judged_any(todo, vintage):
            return vintage
        turn += 1


class _Narrowed:
    """A model that is asked about some targets, by their names, and says of all others that nothing is judged."""

    def __init__(self, model: StanceModel, names: Collection[str]) -> None:
        self.name = model.name
        self.trained_through: date | None = model.trained_through
        self.abstain_below = model.abstain_below
        self.view_above = model.view_above
        self._model = model
        self._names = names

    def judge(self, pair: Pair) -> Judged:
        """Return the model's answer for a pair on one of the targets."""
        return self._model.judge(pair) if pair.target in self._names else _NOTHING
