"""One form for what is compared: an annotated article, a second annotation of it, or a reading by the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from narrative.evaluate.cells import cells_of_article, cells_of_statement
from narrative.read.annotated import GoldArticle, GoldFigure, GoldStatement, GoldView
from narrative.targets import STOCK
from narrative.terms import Reading, Span


@dataclass(frozen=True, slots=True)
class Judgement(GoldView):
    """A stance of one statement on one target, a machine's with what it adds.

    `also` are other names of the target, lower case.
    """

    abstained: bool = False
    probabilities: tuple[float, float, float] | None = None
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is said of one text: statements, judgements, figures, names; for gold also family and cells of the coverage list."""

    id: str
    text: str
    statements: tuple[GoldStatement, ...]
    judgements: tuple[Judgement, ...]
    figures: tuple[GoldFigure, ...]
    people: tuple[Span, ...]
    firms: tuple[Span, ...]
    family: str = ""
    cells: frozenset[str] = frozenset()
    statement_cells: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def judgements_of(self, statement: GoldStatement) -> list[Judgement]:
        """Return the judgements of one of the statements, in order."""
        return [judgement for judgement in self.judgements if judgement.statement == statement.name]


def annotation_of(gold: GoldArticle) -> Annotation:
    """Return an annotated article in the common form."""
    return Annotation(
        id=gold.id,
        text=gold.text,
        statements=gold.statements,
        judgements=tuple(Judgement(**asdict(view)) for view in gold.views),
        figures=gold.figures,
        people=tuple(sorted(set(gold.people))),
        firms=tuple(sorted(set(gold.firms))),
        family=gold.family,
        cells=cells_of_article(gold),
        statement_cells={s.name: cells_of_statement(s, gold) for s in gold.statements},
    )


def annotation_of_reading(reading: Reading) -> Annotation:
    """Return a reading in the common form; what it found in repeated bodies is left out, as it is from every count."""
    said = [s for s in reading.statements if not s.dup]
    kept = {s.id for s in said}
    repeats = [p.span for p in reading.passages if p.dup] + list(reading.article.repeats)

    def once(span: Span) -> bool:
        return not any(start <= span.start < end for start, end in repeats)

    mentions = [m for m in reading.mentions if once(m.span)]
    names: dict[str, set[str]] = {}
    for mention in reading.mentions:
        names.setdefault(STOCK + mention.key, set()).add(mention.text.lower())
    return Annotation(
        id=reading.article.id,
        text=reading.article.text,
        statements=tuple(
            GoldStatement(s.id, s.mode, s.content, s.cue, s.source, s.speaker, s.title, s.firm) for s in said
        ),
        judgements=tuple(
            Judgement(
                v.statement,
                v.target,
                v.stance,
                v.condition,
                v.horizon,
                v.hedged,
                v.past,
                v.abstained,
                (v.bullish, v.bearish, v.neutral),
                frozenset(names.get(v.target, ())),
            )
            for v in reading.views
            if v.statement in kept
        ),
        figures=tuple(
            GoldFigure(f.id, f.span, f.unit, f.subject, f.period, f.direction, f.value)
            for f in reading.figures
            if once(f.span)
        ),
        people=tuple(sorted({m.span for m in mentions if m.kind == "person"})),
        firms=tuple(sorted({m.span for m in mentions if m.kind == "firm"})),
    )
