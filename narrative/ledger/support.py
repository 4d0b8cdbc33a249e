"""Whether what is about to be printed is still what was recorded: the words, their place, the text around them."""

from __future__ import annotations

from collections.abc import Iterable

from narrative.ledger import columns
from narrative.ledger.opening import Part
from narrative.terms import Entry, content_id, said


class Support(Part):
    """Checks rows against the text and the spans behind them."""

    def supports(self, entry: Entry) -> bool:
        """Return whether a row's words are what its spans cut from its text, and text and spans those first recorded.

        A text that was edited has another digest than its article's, moved spans another id than their statement's. A
        view from outside has neither text nor words; one that is in no reading of its vintage is not supported.
        """
        rows = self.store.rows(
            _BEHIND, (entry.view, entry.article, entry.statement, entry.model, entry.targets_version)
        )
        return bool(rows) and all(
            bare(entry, row["content"], row["text"])
            if entry.imported
            else intact(entry, row["content"], row["text"], row["digest"])
            and said(row["text"], columns.spans(row["content"])) == entry.words
            for row in rows
        )


def statement_id(article: str, content: Iterable[tuple[int, int]]) -> str:
    """Return the id that reading gives to a statement: it depends on its article and on the spans of its content."""
    return content_id("statement", article, *(f"{start}-{end}" for start, end in content))


def intact(entry: Entry, content: str, text: str | None, digest: str) -> bool:
    """Return whether a text and the spans of a statement in it are those that their ids were made of."""
    if text is None or content_id("text", text) != digest:
        return False
    spans = columns.spans(content)
    return bool(spans) and statement_id(entry.article, spans) == entry.statement


def bare(entry: Entry, content: str, text: str | None) -> bool:
    """Return whether a view from outside has no words, as it should."""
    return not (columns.spans(content) or text or entry.words)


_BEHIND = """
SELECT s.content, t.text, a.digest
FROM views v JOIN statements s ON s.number = v.statement JOIN readings r ON r.number = s.reading
JOIN vintages g ON g.number = r.vintage JOIN articles a ON a.number = r.article
LEFT JOIN texts t ON t.article = a.number
WHERE v.id = ? AND a.id = ? AND s.id = ? AND g.model = ? AND g.targets = ?
"""
