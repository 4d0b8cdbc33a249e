"""Table rows as text: ruled (`| a | b |`), spaced by tabs, and mashed ("Nvidia Corp. (NVDA)36.80%34.94%")."""

from __future__ import annotations

import re
from itertools import pairwise

_SIGNS = r"[-+−–]?[$£€¥]?\(?"
_UNIT = r"\)?\s?(?:%|x|bps?|[KMBT]n?\b)?"
_NUMBER = rf"(?:{_SIGNS}\d[\d,]*(?:\.\d+)?{_UNIT}|[-–—]|N/?A\b)"
# Numbers may be glued ("36.8034.94"), and a run of digits can be cut into numbers in 2^n ways. These patterns, possessive
# throughout, match what `{_NUMBER}\s*` twice or more does: a number of some digits, or behind a dash, is two of them.
_MORE = r"(?:\.\d\d[\d,]*+)"
_GLUED = rf"\d[\d,]*+{_MORE}*+(?:\.\d)?+"
_SEVERAL = rf"(?:\d,*+\d[\d,]*+{_MORE}*+|\d,*+{_MORE}++)(?:\.\d)?+"
_EACH = rf"(?>{_SIGNS}{_GLUED}{_UNIT}|[-–—]|N/?A\b)\s*+"
_ALONE = rf"(?>(?:[-–][$£€¥]?\(?{_GLUED}|{_SIGNS}{_SEVERAL}){_UNIT})\s*+"
_CELL_ENDS = re.compile(rf"(?:(?:{_EACH}){{2,}}+|{_ALONE})$")
_LONGEST_ROW = 500  # characters of a row that is told by its numbers
_MASHED = re.compile(r"\d(?:\.\d+)?%[-+−–]?\d")
_RULE = re.compile(r"(?=[|+:=\s_-]*[-=_]{2})[|+:=\s_-]*+")
_GLUED_WORDS = re.compile(r"[a-z)](?=[A-Z][a-z])")
_GAPS = re.compile(r"\S(?:\t+|\s{3,})(?=\S)")


def is_rule(line: str) -> bool:
    """Whether a line only draws: `|---|---|`, `=====`."""
    return bool(_RULE.fullmatch(line))


def is_row(line: str, after_row: bool) -> bool:
    """Whether a line is a row of a table; right after a row, less is asked."""
    if line.count("|") >= 2 and line.startswith("|"):
        return True
    if line.count("|") >= 1 and (after_row or (line.count("|") >= 2 and re.search(r"\d", line))):
        return True
    if len(line) > _LONGEST_ROW or len(line.split()) > 14 or line.endswith((".", "?", "!", ":")):
        return False
    if _MASHED.search(line) or len(_GAPS.findall(line)) >= 2:
        return bool(re.search(r"\d", line))
    numbers = _CELL_ENDS.search(line)
    return bool(
        numbers and numbers.start() > 1 and re.search(r"[%$£€¥x.]", numbers.group()) and line[0].isalpha()
    )


def joins_table(line: str, row: str) -> bool:
    """Whether a line above `row` is its head: glued, ruled or spaced cells, or as short as the row."""
    if "|" in row:
        return "|" in line
    return bool(_GLUED_WORDS.search(line) or _GAPS.search(line))


def columns(head: str) -> list[str]:
    """Return the column heads of a table's first row, ruled, spaced or mashed ("StocksYTD PerformanceOne Year")."""
    if "|" in head:
        parts = head.strip().strip("|").split("|")
    elif _GAPS.search(head):
        parts = re.split(r"\t+|\s{3,}", head)
    else:
        parts = re.split(r"(?<=[a-z)%])(?=[A-Z][A-Za-z])", head)
    return [" ".join(part.split()) for part in parts]


def label_end(text: str, start: int, end: int) -> int:
    """Return where the label of the row `text[start:end]` ends and its numbers begin."""
    if text[start] == "|":
        bar = text.find("|", start + 1, end)
        return bar if bar >= 0 else end
    if "|" in text[start:end]:
        return text.index("|", start)
    gap = re.search(r"\t|\s{3,}", text[start:end])
    if gap:
        return start + gap.start()
    numbers = _CELL_ENDS.search(text, start, end)
    mashed = re.search(r"[-+−–]?[$£€¥]?\d[\d,]*(?:\.\d+)?%", text[start:end])
    at = min(numbers.start() if numbers else end, start + mashed.start() if mashed else end)
    return at if at < end else start


def cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the cells of a row behind its label, as spans."""
    body = text[start:end]
    if "|" in body:
        edges = [start + m.start() for m in re.finditer(r"\|", body)]
        if not body.rstrip().endswith("|"):
            edges.append(end)
        return [(low + 1, high) for low, high in pairwise(edges)]
    if re.search(r"\t|\s{3,}", body):
        return [(start + m.start(), start + m.end()) for m in re.finditer(r"(?:\S|[ ](?=\S)){1,}", body)]
    return [(start + m.start(), start + m.end()) for m in re.finditer(_NUMBER, body) if m.group().strip()]
