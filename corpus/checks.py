"""Checks one annotated article against the guidelines, as far as a program can; a finding is a place for a reader to look at.

    python -m corpus.checks corpus/articles/a-desk              # files or folders
    python -m corpus.checks second --same-text-as corpus/articles/a-desk

The grammar itself is checked by `narrative.read.gold`, which refuses what makes no sense. Exit code 1 when anything was found.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from narrative.errors import NarrativeError
from narrative.evaluate.cells import CELLS, GROUPS
from narrative.evaluate.sameness import same_firm
from narrative.read.annotated import GoldArticle, GoldStatement
from narrative.read.gold import read_gold
from narrative.targets import STOCK, Targets, load_targets
from narrative.terms import Span

_ABBREVIATED = re.compile(r"(?:\b\w\.\w\.|\b(?:Inc|Co|Corp|Ltd|Jr|Sr)\.)$")
_QUOTES = "\"“”'‘’"
_MONEY = re.compile(
    r"(?<![\w.])(?:[$€£¥]\s?\d[\d,.]*(?<![,.])|[+\-−–]?\d[\d,.]*(?<![,.])\s?(?:%|per\s?cent\b|percentage points?\b|basis points?\b|bps?\b))"
)
_REPORTING = re.compile(
    r"\b(?:said|says|told|wrote|writes|argued|argues|warned|cautioned|according to|reckons|in the view of)\b"
)


#: what the words of a figure have to hold to be of a unit
_UNIT_WORDS = {
    "percent": r"%|per\s?cent|points?",
    "multiple": r"times|fold|x\b|multiple|to 1\b|to one\b",
    "percentile": r"percentile",
    "basis_points": r"basis|bps?\b",
    "USD": r"\$|dollars?|cents?",
    "EUR": r"€|euros?|cents?",
    "GBP": r"£|pounds?|pence|p\b",
}
_NOT_COUNTED = re.compile(r"%|[$€£]|per\s?cent|basis")


class Finding(NamedTuple):
    """One place that may break a guideline."""

    rule: str
    at: int
    words: str


def findings(article: GoldArticle, targets: Targets) -> Iterator[Finding]:
    """Yield what looks wrong in one article, in no particular order."""
    for statement in article.statements:
        yield from _of_statement(statement, article)
    yield from _of_views(article, targets)
    yield from _of_figures(article)
    yield from _unmarked_figures(article)
    yield from _unmarked_names(article)
    yield from _unmarked_cues(article)
    if article.header["shape"] not in ("", *GROUPS["shape"]):
        yield Finding(
            f"unknown shape, not one of {', '.join(GROUPS['shape'])}", 0, str(article.header["shape"])
        )
    for cell in set(article.header.get("covers", [])) - set(CELLS):
        yield Finding("unknown cell of the coverage list", 0, cell)


# --- statements ----------------------------------------------------------------------------------------------


def _of_statement(statement: GoldStatement, article: GoldArticle) -> Iterator[Finding]:
    text = article.text
    for span in statement.content:
        words = text[span.start : span.end]
        if re.match(r"(?:that (?!is\b|was\b)|to )", words) and text[span.start - 1] not in _QUOTES:
            yield Finding("content begins with 'that' or 'to'", span.start, words)
        stop = words[-1] == "." and not _ABBREVIATED.search(words) and not _in_quotes(text, span)
        if words[-1] in ",;:" or stop:
            yield Finding("content ends with a mark that belongs to the sentence", span.end, words[-30:])
        if words[0] in _QUOTES and words[-1] in _QUOTES and not set(words[1:-1]) & set(_QUOTES):
            yield Finding("content holds its delimiting quote marks", span.start, words)
    if statement.source is None and not (statement.speaker or statement.firm):
        yield Finding("no source", statement.content[0].start, statement.name)
    if statement.speaker and " " not in statement.speaker:
        yield Finding("speaker is not a full name", statement.content[0].start, statement.speaker)


def _in_quotes(text: str, span: Span) -> bool:
    """Whether a quotation mark follows the span, or opens it and the quotation runs on over the paragraph's end."""
    behind = text[span.end : span.end + 1]
    if behind in ("\n", ""):
        return text[: span.start].rstrip()[-1:] in tuple(_QUOTES) or _is_turn(text, span)
    return behind in tuple(_QUOTES)


def _is_turn(text: str, span: Span) -> bool:
    """Whether the span is a whole paragraph or a turn behind a label, as in transcripts: its full stop is its own."""
    line = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    return not line.strip() or line.rstrip().endswith(":")


def _of_views(article: GoldArticle, targets: Targets) -> Iterator[Finding]:
    named = {statement.name: statement for statement in article.statements}
    for view in article.views:
        statement = named[view.statement]
        at = statement.content[0].start
        if view.target.startswith(STOCK):
            name = view.target.removeprefix(STOCK)
            if name not in article.text:
                yield Finding("a stock that the text does not name", at, view.target)
            if statement.firm and same_firm(name, statement.firm):
                yield Finding("the speaker's own firm as target", at, view.target)
        elif view.target not in targets.rows:
            yield Finding("unknown target", at, view.target)
        for value in (view.condition, view.horizon):
            if value and value not in article.text:
                yield Finding("condition or horizon is not quoted from the text", at, value)
        if view.condition and not any(
            view.condition in article.text[max(0, s - 150) : e + 150] for s, e in statement.content
        ):
            yield Finding("condition stands far from the statement", at, view.condition)


def _of_figures(article: GoldArticle) -> Iterator[Finding]:
    for figure in article.figures:
        words = article.text[figure.span.start : figure.span.end]
        wanted = _UNIT_WORDS.get(figure.unit)
        # "3 to 4 percent": the unit may stand with the other number
        behind = article.text[figure.span.end : figure.span.end + 25]
        if wanted and not re.search(wanted, words + behind):
            yield Finding(f"no {figure.unit}", figure.span.start, words)
        if figure.unit in ("count", "index_points") and _NOT_COUNTED.search(words):
            yield Finding(f"no {figure.unit}", figure.span.start, words)
        if not re.search(r"\d", words):
            yield Finding("a figure without digits", figure.span.start, words)


# --- what was left unmarked ------------------------------------------------------------------------------------


def _unmarked_figures(article: GoldArticle) -> Iterator[Finding]:
    marked = [figure.span for figure in article.figures] + [*article.dups, *article.junk]
    for match in _MONEY.finditer(article.text):
        if not _within(match.start(), marked):
            yield Finding("a number with a unit is no figure", match.start(), match.group())


def _unmarked_names(article: GoldArticle) -> Iterator[Finding]:
    """A name that is marked somewhere is marked everywhere, and so is the surname of a full name."""
    known = {article.text[s:e] for s, e in (*article.people, *article.firms)}
    surnames = {article.text[s:e].split()[-1] for s, e in article.people if " " in article.text[s:e]}
    marked = [*article.people, *article.firms, *article.dups, *article.junk]
    for name in {name for name in known | surnames if len(name) > 3 and name[0].isupper()}:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", article.text):
            if not _within(match.start(), marked):
                yield Finding("a known name is not marked here", match.start(), name)


def _unmarked_cues(article: GoldArticle) -> Iterator[Finding]:
    taken = [span for s in article.statements for span in (*s.content, *filter(None, (s.cue, s.source)))]
    taken += [*article.dups, *article.junk]
    for match in _REPORTING.finditer(article.text):
        if not _within(match.start(), taken):
            around = article.text[max(0, match.start() - 30) : match.end() + 30].replace("\n", " ")
            yield Finding("a reporting word is no cue", match.start(), around)


def _within(at: int, spans: Iterable[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


def _differs(text: str, path: Path) -> Iterator[str]:
    """Yield where a text first leaves the text of another annotated file."""
    other = read_gold(path).text
    if text != other:
        at = next(
            (i for i, (one, two) in enumerate(zip(text, other, strict=False)) if one != two),
            min(len(text), len(other)),
        )
        yield f"the text leaves that of {path} at {text[max(0, at - 30) : at + 30]!r}, there {other[max(0, at - 30) : at + 30]!r}"


# --- the command -----------------------------------------------------------------------------------------------


def main() -> int:
    """Print the findings of files and folders, one a line, with the line of the file they stand in."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--same-text-as", type=Path, help="folder with files of the same names and texts")
    given = parser.parse_args()
    paths = [
        file for path in given.paths for file in (sorted(path.rglob("*.txt")) if path.is_dir() else [path])
    ]
    targets, count = load_targets(), 0
    for path in paths:
        for line in _lines(path, given.same_text_as, targets):
            print(line)
            count += 1
    print(f"{len(paths)} files, {count} findings", file=sys.stderr)
    return 1 if count or not paths else 0


def _lines(path: Path, same_text_as: Path | None, targets: Targets) -> Iterator[str]:
    try:
        article = read_gold(path)
        body = path.read_text(encoding="utf-8-sig").split("\n+++\n", 1)[0].count("\n") + 3
        for found in sorted(findings(article, targets), key=lambda found: found.at):
            place = f":{body + article.text.count(chr(10), 0, found.at)}" if found.at else ""
            yield f"{path}{place}: {found.rule}: {found.words!r}"
        if same_text_as:
            yield from (f"{path}: {line}" for line in _differs(article.text, same_text_as / path.name))
    except NarrativeError as error:
        yield str(error)


if __name__ == "__main__":
    sys.exit(main())
