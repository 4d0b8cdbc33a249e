"""All statements that speak now, with their words: for whoever looks through what was said rather than what was judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from narrative.ledger import columns
from narrative.ledger.opening import Part, plainly
from narrative.terms import said


@dataclass(frozen=True, slots=True)
class Spoken:
    """One statement of the last reading of its article; `targets` are those it was judged on."""

    statement: str
    article: str
    outlet: str
    speaker: str | None
    firm: str | None
    words: str
    targets: frozenset[str]


class Speech(Part):
    """What was said, whatever it was judged to mean."""

    def spoken(self) -> Iterator[Spoken]:
        """Yield the statements with words, in the order in which their articles were kept; repeats on a page are left out."""
        with plainly(self.store.path):
            for row in self.store.connection.execute(_SPOKEN):
                statement, article, outlet, speaker, firm, content, text, targets = row
                words = said(text, columns.spans(content))
                yield Spoken(statement, article, outlet, speaker, firm, words, frozenset(json.loads(targets)))

    def spoken_count(self) -> int:
        """Return how many statements `spoken` yields."""
        return int(self.store.value(f"SELECT count(*) {_FROM}"))


_FROM = """
FROM readings r JOIN articles a ON a.number = r.article JOIN texts t ON t.article = a.number
JOIN statements s ON s.reading = r.number
WHERE r.number = (SELECT max(x.number) FROM readings x WHERE x.article = r.article)
AND s.dup = 0 AND s.mode <> 'imported'
"""
_SPOKEN = f"""
SELECT s.id, a.id, a.outlet, s.speaker, s.firm, s.content, t.text,
       (SELECT json_group_array(v.target) FROM views v WHERE v.statement = s.number)
{_FROM} ORDER BY a.number, s.number
"""  # noqa: S608 -- this file's own text
