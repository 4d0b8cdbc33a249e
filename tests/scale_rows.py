"""Material for the tests of reading at scale: annotated articles and copies of them with other names, as archives and dumps."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from narrative.crawl.warc import write_warc
from narrative.ledger import Ledger
from narrative.read.corpus import read_corpus
from narrative.read.encoder import Judged, Pair
from narrative.terms import Capture
from tests.scripted_model import BULLISH, NO_VIEW, Scripted

ROOT = Path(__file__).resolve().parents[1]
BEGAN = datetime(2026, 1, 14, 21, 0, tzinfo=UTC)
FIRST = datetime(2025, 11, 9, 8, 30, 15, 250_000, tzinfo=UTC)
_SYLLABLES = (
    "bar",
    "den",
    "fol",
    "gam",
    "hur",
    "kel",
    "lom",
    "mar",
    "nor",
    "pel",
    "ras",
    "sten",
    "tov",
    "wex",
)
FILLER = (
    "The town library opens its doors again on Saturday after months of repairs, and the children's room has new shelves. "
    "“We have missed the noise,” said Mary Holt, who has worked at the desk for twenty years."
)


def texts(count: int) -> Iterator[str]:
    """Yield articles: the annotated ones, then copies in which people and firms have other names."""
    found = list(read_corpus(ROOT / "corpus" / "articles"))
    step = max(1, len(found) // count)
    chosen = found[::step]
    for number in range(count):
        gold = chosen[number % len(chosen)]
        spans = [*gold.people, *gold.firms]
        copy = number // len(chosen)
        yield swapped(gold.text, {gold.text[s:e] for s, e in spans}, copy) if copy else gold.text


def swapped(text: str, names: set[str], copy: int) -> str:
    """Return a text with the words of names, but for the short and the common ones, replaced by made-up words."""
    words = sorted({word for name in names for word in re.findall(r"[A-Z][a-z]{3,}", name)})
    other = {word: _made_up(f"{word}{copy}") for word in words}
    return re.sub(r"\b[A-Z][a-z]{3,}\b", lambda match: other.get(match[0], match[0]), text)


def _made_up(seed: str) -> str:
    number = sum(ord(letter) * 31**place for place, letter in enumerate(seed))
    size = len(_SYLLABLES)
    return (_SYLLABLES[number % size] + _SYLLABLES[number // size % size]).capitalize()


def page(text: str, number: int) -> Capture:
    """Return a text as an archived page."""
    title, *rest = [escape(line) for line in text.split("\n") if line.strip()] or [""]
    body = "".join(f"<p>{line}</p>\n" for line in rest)
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>\n{body}</article></body></html>"
    url = f"http://paper{number % 7}.example/story/{number}"
    at = FIRST + timedelta(minutes=37 * number)
    return Capture(url, url, at, "text/html; charset=utf-8", html.encode(), may_train=number % 5 != 0)


def archive(path: Path, made: Sequence[str], first: int = 0) -> Path:
    """Write texts as pages of an archive, which count from one number on."""
    write_warc(path, [page(text, first + number) for number, text in enumerate(made)], BEGAN)
    return path


def dump(path: Path, made: Sequence[str], first: int = 0) -> Path:
    """Write texts as rows of a dump; every third has no date."""
    lines = []
    for number, text in enumerate(made, first):
        day = (FIRST - timedelta(days=number)).date().isoformat()
        row = {
            "url": f"http://wire.example/{number}",
            "title": text.split("\n")[0],
            "source": "Wire",
            "text": text,
        }
        lines.append(json.dumps(row | ({} if number % 3 == 0 else {"published": day})))
    path.write_text("\n".join([*lines, "no row", ""]), encoding="utf-8")
    return path


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """What a ledger says: every row of every table that reading fills, but for the moments at which it was written."""
    return {name: [tuple(row) for row in ledger.store.rows(sql)] for name, sql in _CONTENTS.items()}


_CONTENTS = {
    "articles": """SELECT a.number, a.id, url, outlet, title, authors, byline, published, published_origin, available_at,
                   story, revision_of, backfilled, trusted, language, stub, flags, repeats, digest, updated, t.text
                   FROM articles a JOIN texts t ON t.article = a.number ORDER BY a.number""",
    "captures": """SELECT number, id, url, final_url, fetched_at, content_type, outlet, body, may_train, stated
                   FROM captures ORDER BY number""",
    "results": "SELECT capture, article, reason FROM results ORDER BY capture",
    "links": "SELECT id, url, title, published FROM links ORDER BY number",
    "pages": "SELECT url, state, link, captured_at FROM pages ORDER BY url",
    "vintages": "SELECT number, id, model, targets FROM vintages",
    "readings": "SELECT number, article, vintage FROM readings ORDER BY number",
    "voices": "SELECT number, key, kind, name FROM voices ORDER BY number",
    "statements": "SELECT * FROM statements ORDER BY number",
    "views": "SELECT * FROM views ORDER BY number",
    "mentions": "SELECT * FROM mentions ORDER BY reading, kind, span, key",
    "figures": "SELECT * FROM figures ORDER BY reading, id",
}


# --- a model that is a script ---------------------------------------------------------------------------------------


def scripted() -> Scripted:
    return Scripted({"small caps": BULLISH}, default=NO_VIEW)


def speaking(count: int) -> list[str]:
    """Texts of a view on small caps each."""
    return [said("small caps", f"Ann Lee{number}") for number in range(count)]


def said(what: str, who: str) -> str:
    around = "The desks that watch the market have had a busy start to the year, and most of them say so to clients."
    words = f"“We expect {what} to lead the market through the summer,” said {who}, chief strategist at Harbor Lane Capital."
    return f"{who} on {what} and the market\n\n{around}\n\n{words}"


class Killed(Scripted):
    """A model whose process dies at its third question, once: the mark it leaves keeps the next one alive."""

    def __init__(self, mark: Path) -> None:
        first = scripted()
        super().__init__(first._answers, first._default)
        self._mark = mark

    def judge(self, pair: Pair) -> Judged:
        if len(self.asked) == 2 and not self._mark.exists():
            if self._mark.parent.is_dir():  # else nothing keeps the next one alive
                self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().judge(pair)


def tree(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
