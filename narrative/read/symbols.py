"""Ticker symbols that a text gives as such: `(NYSE: CCL)`, `$AAPL`, `(ORCL)`, `BRK.B`, `AAPL.O`, `<NVDA.O>`."""

from __future__ import annotations

import re
from typing import NamedTuple

from narrative.read.gazetteer import Gazetteer, Hit
from narrative.terms import Span

_SYMBOL = r"[A-Z]{1,5}(?:[.-][A-Z]{1,2})?"
_EXCHANGE = (
    r"(?:NYSE(?:[\s-]?(?:American|Arca|MKT|AMERICAN|ARCA))?|NYSEARCA|NYSEAMERICAN|NASDAQ(?:[A-Z]{2})?|Nasdaq(?:GS|GM|CM)?|AMEX"
    r"|CBOE|Cboe|BATS|OTC(?:[A-Z]{2,4})?|OTCMKTS|TSXV?|LSE|LON|ASX|FRA|ETR|XETRA|EPA|BIT|SWX|HKEX|HKG|TSE|TYO|KRX|NSE|BSE)"
)
_LISTED = re.compile(rf"(?<!\w){_EXCHANGE}\s?[:：]\s?(?P<symbol>{_SYMBOL}|\d{{3,6}})(?![\w])")
_CASHTAG = re.compile(r"(?<![\w$])\$(?P<symbol>[A-Z]{1,5}(?:[.-][A-Z]{1,2})?)(?![\w])")
_BRACKETED = re.compile(r"[(\[](?P<symbol>[A-Z]{1,5}(?:[.-][A-Z]{1,2})?)(?=[)\],;/]|\s[-+−–]?\d)")
_DOTTED = re.compile(r"(?<![\w.$])(?P<symbol>[A-Z]{2,4}\.[AB])(?![\w.])")
_RIC = re.compile(
    r"(?:(?<![A-Z\d.$])|(?<=[a-z])|(?<=<))(?P<symbol>[A-Z]{1,5}|[A-Z]{2,4}[a-z])\.(?:OQ|O|N|K|A|P|PK|L|DE|PA|MI|MC|AS|S|SW|HE|ST|OL|CO"
    r"|T|HK|SS|SZ|KS|TW|NS|BO|AX|TO|SA|MX)(?![\w.]|\s?[A-Z]\.)"
)
_FUND_END = re.compile(r"\b(?:ETF|Fund|Trust|Shares|Index)\b[\s,]*$")
_WORDS = re.compile(r"[^\W_]+")
_KNOWN_FALSE = frozenset("U.S U.K E.U U.N D.C L.A A.M P.M".split())  # noqa: SIM905


class Symbol(NamedTuple):
    """A symbol in the text, without brackets, sign, exchange or suffix."""

    span: Span
    symbol: str


def explicit_symbols(text: str, start: int, end: int, known: Gazetteer, hits: list[Hit]) -> list[Symbol]:
    """Return the symbols in `text[start:end]` that stand in one of the forms for symbols, in order.

    A bare symbol in brackets counts only behind the name it belongs to, so that "(CPI)" and "(AI)" are none.
    """
    found: dict[int, Symbol] = {}
    for match in _LISTED.finditer(text, start, end):
        found[match.start("symbol")] = _symbol(match)
    for match in _CASHTAG.finditer(text, start, end):
        found.setdefault(match.start("symbol"), _symbol(match))
    for match in _RIC.finditer(text, start, end):
        if match["symbol"] in known.symbols or text[match.start() - 1 : match.start()] == "<":
            found.setdefault(match.start("symbol"), _symbol(match))
    for match in _DOTTED.finditer(text, start, end):
        if match["symbol"] in known.symbols and match["symbol"] not in _KNOWN_FALSE:
            found.setdefault(match.start("symbol"), _symbol(match))
    for match in _BRACKETED.finditer(text, start, end):
        if _belongs(text, start, match, known, hits):
            found.setdefault(match.start("symbol"), _symbol(match))
    return [found[at] for at in sorted(found)]


def _symbol(match: re.Match[str]) -> Symbol:
    return Symbol(
        Span(*match.span("symbol")),
        match["symbol"].replace("-", ".") if match["symbol"][0].isalpha() else match["symbol"],
    )


def _belongs(text: str, start: int, match: re.Match[str], known: Gazetteer, hits: list[Hit]) -> bool:
    """Whether a bracketed symbol stands behind a name it can be the symbol of."""
    at = match.start()
    symbol = match["symbol"].replace("-", ".")
    before = text[max(start, at - 90) : at].rstrip()
    entry = known.symbols.get(symbol)
    for hit in hits:
        if 0 <= at - hit.span.end <= 2 and (
            hit.legal or hit.entry.symbol == symbol or hit.entry.kind == "etf"
        ):
            return True
    if entry is None:
        return False
    if entry.kind == "etf" and _FUND_END.search(before):
        return True
    near = {word.lower() for word in _WORDS.findall(before)[-5:] if word[0].isupper() and len(word) > 2}
    own = {word.lower() for word in _WORDS.findall(entry.name) if len(word) > 2}
    return bool(near & own)
