"""The grammar of numbers with a unit: where they stand, what they are worth, and what looks like one and is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from narrative.terms import Span, Unit

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_SIGN = r"(?:(?<![\w.,])[-−–+]\s?|(?<![\w-])(?:[Mm]inus|[Nn]egative)\s)?"
_WORD_SCALE = {
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "mln": 1e6,
    "bln": 1e9,
    "crore": 1e7,
    "lakh": 1e5,
}
_LETTER_SCALE = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "t": 1e12,
    "tn": 1e12,
    "trn": 1e12,
}
_SCALE_WORD = rf"(?:[\s\u00a0-]?(?:{'|'.join(_WORD_SCALE)})s?(?![\w]))"
_SCALE_LETTER = r"(?:\s?(?:bn|mn|tn|trn|mm|[KkMmBbTt])(?![\w]))"
_PREFIXES = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD",
    "R$": "BRL", "MX$": "MXN", "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY",
    "₪": "ILS", "Rs": "INR", "Rs.": "INR", "RMB": "CNY", "CN¥": "CNY", "SFr": "CHF", "Fr": "CHF",
}  # fmt: skip
_CODES = "USD EUR GBP JPY CHF CAD AUD NZD CNY HKD SGD INR KRW BRL MXN ZAR SEK NOK DKK PLN TRY TWD THB IDR RUB ILS AED SAR"
_NAMES = {
    "dollar": "USD", "euro": "EUR", "pound": "GBP", "yen": "JPY", "yuan": "CNY", "renminbi": "CNY", "rupee": "INR",
    "won": "KRW",
    "Swiss franc": "CHF", "franc": "CHF", "real": "BRL", "reais": "BRL", "rand": "ZAR", "ruble": "RUB",
    "rouble": "RUB", "peso": "MXN",
    "krona": "SEK", "krone": "NOK", "zloty": "PLN", "lira": "TRY", "shekel": "ILS", "dirham": "AED", "riyal": "SAR",
}  # fmt: skip
_ADJECTIVES = {
    "Canadian": "CAD",
    "Australian": "AUD",
    "New Zealand": "NZD",
    "Hong Kong": "HKD",
    "Singapore": "SGD",
    "U.S.": "USD",
    "US": "USD",
}
_CENTS = {"cent": "USD", "cents": "USD", "pence": "GBP", "p": "GBP", "¢": "USD"}
_CURRENCY = "|".join(re.escape(sign) for sign in sorted([*_PREFIXES, *_CODES.split()], key=len, reverse=True))
_SUFFIX = (
    rf"(?:{_CODES.replace(' ', '|')})(?!\w)"
    rf"|(?:(?:{'|'.join(map(re.escape, _ADJECTIVES))})\s)?(?:{'|'.join(_NAMES)})s?(?!\w)"
)

_PATTERN = re.compile(
    rf"(?P<sign>{_SIGN})(?:"
    rf"(?P<currency>(?<![A-Za-z])(?:{_CURRENCY})\s?)(?P<minus>[-−–]?)(?P<money>{_NUMBER})(?P<money_scale>{_SCALE_WORD}|{_SCALE_LETTER})?"
    rf"|(?P<number>{_NUMBER})(?:"
    r"(?P<percent>[\s\u00a0]?%|[\s\u00a0-](?:percent|per[\s-]cent|pct\.?|percentage[\s-]points?|ppts?|pps?)(?!\w))"
    r"|(?P<basis>[\s\u00a0-]?(?:basis[\s-]points?|bps?)(?!\w))"
    r"|(?P<percentile>(?:st|nd|rd|th)[\s-]percentiles?(?!\w))"
    r"|(?P<points>[\s\u00a0-]points?(?!\w))"
    r"|(?P<multiple>[\s\u00a0]?[x×](?![\w])|[\s\u00a0-]times(?!\w))"
    rf"|(?P<cents>[\s\u00a0-]?(?:cents?|pence|¢)(?!\w)|(?<=\d)p(?!\w))"
    rf"|(?P<scale>{_SCALE_WORD}|{_SCALE_LETTER})?(?:[\s\u00a0-](?P<suffix>{_SUFFIX}))"
    rf"|(?P<count_scale>{_SCALE_WORD})"
    r"|(?P<bare>(?![\w%]|[.,]\d))"
    r")(?![\d])"
    r")"
)
_RANGE = re.compile(rf"\s?(?:[-–—]|to|and|or)\s?(?=[$£€]?{_NUMBER})")
_TIME_UNIT = (
    r"(?:second|minute|hour|day|week|month|quarter|year|decade|session|mins?|hrs?|yrs?|a\.?m\b|p\.?m\b|o[’']clock|fiscal"
    r"|century|centuries)"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DURATION_AFTER = re.compile(
    rf"(?i)[\s\u00a0-]?(?:(?:trading|business|calendar|consecutive|straight|full|more|or so)\s)?(?:\d+[\s-])?{_TIME_UNIT}"
)
_DATE_AFTER = re.compile(
    rf"(?:st|nd|rd|th)?[\s\u00a0](?:of\s)?{_MONTH}(?!\w)|[:/]\d|(?:st|nd|rd|th)\b|[-‐](?!percent|basis|point)[A-Za-z]|['’]s\b|['’]|\(k\)|-\d"
)
_DATE_BEFORE = re.compile(
    rf"(?:{_MONTH}\s|[:/#]|\b(?:[Nn]o|[Nn]os|[Ff]ig|[Ss]ec|[Cc]h|[Vv]ol|[Pp]p?|[Rr]ule|[Ss]ection|[Ff]orm|[Aa]rticle|[Pp]age|[Ii]tem|[Ss]tep|[Pp]hase|[Cc]hapter|[Pp]art|[Tt]ier|[Ll]evel|[Vv]ersion|[Tt]op|[Aa]ged?)\.?\s|[Qq]\s?|[A-Za-z]-|\+\d*\s?|\(\d{{3}}\)\s?)$"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME_BEFORE = re.compile(
    r"(?:^|[\s(])(?!(?:The|A|An|Some|About|Around|Nearly|Roughly|Only|Just|Over|Under|All|In|Of|At|To|By|And|But|From|With|For|As|More|Almost|Another|Its|Their|Our|We|They|He|She|It|That|This|These|Those|Those|Than|Between|Among|Within|Fully|Some)\s)[A-Z][\w&.’'-]*\s$"
)
_NOUN_AFTER = re.compile(
    r"[\s\u00a0](?:(?:of|out of)\s(?:the\s|its\s|their\s|our\s|his\s|her\s)?(?:\d[\d,]*|[a-z]+)"
    r"|(?!(?:was|is|has|its|this|as|plus|minus|versus|vs|across|less|yes|perhaps|always|thus|hours?|days?|times)\b)"
    r"(?:[A-Za-z][\w’'/-]*\s){0,2}?(?:[a-z][\w-]*s|people|staff|women|men|personnel)\b)"
)


class Quantity(NamedTuple):
    """A number with its unit. `decisive` is false for a bare number, which needs context to be an index level."""

    span: Span
    value: float
    unit: Unit


def quantities(text: str, start: int, end: int, *, in_row: bool = False) -> Iterator[Quantity]:
    """Yield the quantities of `text[start:end]` in order.

    A bare number has the unit "" and is left to the caller; dates, clock times, durations, numbered things
    and ages are not yielded at all. In a table row a number may be glued to the word before it.
    """
    at = start
    while match := _PATTERN.search(text, at, end):
        at = max(match.end(), match.start() + 1)
        first = match.start("currency") if match["currency"] else match.start("number")
        if not in_row and first and (text[first - 1].isalnum() or text[first - 1] in "_@#"):
            at = _past_digits(text, first, end)
            continue
        if first and text[first - 1] in ".," and text[max(0, first - 2) : first - 1].isdigit():
            at = _past_digits(text, first, end)
            continue
        found = _read(text, match, start, end, in_row)
        if found:
            yield found


def is_year(text: str, span: Span) -> bool:
    """Whether a bare number is written as a year is."""
    return bool(_YEAR.fullmatch(text[span.start : span.end]))


def _past_digits(text: str, at: int, end: int) -> int:
    """Return where the digits that begin at `at` end, at least one character on."""
    at += 1
    while at < end and (text[at].isdigit() or text[at] in ".,"):
        at += 1
    return at


def _read(text: str, match: re.Match[str], start: int, end: int, in_row: bool) -> Quantity | None:
    value = float((match["money"] or match["number"]).replace(",", ""))
    if match["sign"].strip().lower() in ("-", "−", "–", "minus", "negative") or match["minus"]:
        value = -value
    span = Span(match.start() + len(match["sign"]) - len(match["sign"].lstrip()), match.end())
    if match["currency"]:
        unit = _PREFIXES.get(match["currency"].strip(), match["currency"].strip())
        return Quantity(_unstopped(text, span), value * _scale(match["money_scale"]), unit)
    if match["percent"]:
        return Quantity(_unstopped(text, span), value, "percent")
    if match["basis"]:
        return Quantity(span, value, "basis_points")
    if match["percentile"]:
        return Quantity(span, value, "percentile")
    if match["points"]:
        return Quantity(span, value, "index_points")
    if match["multiple"]:
        return None if _is_frequency(text, match, value, end) else Quantity(span, value, "multiple")
    if match["cents"]:
        return Quantity(span, value / 100, _CENTS[match["cents"].strip(" -\u00a0").lower()])
    if match["suffix"]:
        return Quantity(span, value * _scale(match["scale"]), _named(match["suffix"]))
    if match["count_scale"]:
        return Quantity(span, value * _scale(match["count_scale"]), "count")
    return _bare(text, Span(match.start("number"), match.end("number")), value, start, end, in_row)


def _bare(text: str, span: Span, value: float, start: int, end: int, in_row: bool) -> Quantity | None:
    """A number without a unit: inherits the unit of the other end of its range, else stays open, else is none."""
    after, before = text[span.end : min(end, span.end + 60)], text[max(start, span.start - 40) : span.start]
    link = _RANGE.match(text, span.end, end)
    if link:
        other = _PATTERN.match(text, link.end(), end)
        if other and (other["percent"] or other["basis"]):
            return Quantity(span, value, "percent" if other["percent"] else "basis_points")
        if other and other["multiple"] and not other["multiple"].strip().startswith("times"):
            return Quantity(span, value, "multiple")
    if in_row:
        return Quantity(span, value, "")
    if (
        is_year(text, span)
        or _DURATION_AFTER.match(after)
        or _DATE_AFTER.match(after)
        or _DATE_BEFORE.search(before)
    ):
        return None
    if re.match(r",\s", after) and re.search(r"[a-z],\s$", before) and value < 110 and value == int(value):
        return None  # an age
    if re.search(r"[(\[]$", before) and re.match(r"[)\]]", after):
        return None  # a footnote
    if _NAME_BEFORE.search(before):
        return Quantity(span, value, "") if "," in text[span.start : span.end] else None
    unit: Unit = "count" if _NOUN_AFTER.match(after) else ""
    return Quantity(span, value, unit)


def _is_frequency(text: str, match: re.Match[str], value: float, end: int) -> bool:
    """Whether "3 times" counts occasions and is no multiple."""
    if "times" not in match["multiple"] or value != int(value):
        return False
    return bool(
        re.match(
            r"\s(?:a|an|per|this|last|since|in|over|during|before|already|more|between|by)\b",
            text[match.end() : min(end, match.end() + 12)],
        )
    )


def _named(suffix: str) -> Unit:
    """Return the currency of a code or name behind a number ("Canadian dollars")."""
    if suffix in _CODES.split():
        return suffix
    for adjective, code in _ADJECTIVES.items():
        if suffix.startswith(adjective + " "):
            return code
    return _NAMES.get(suffix) or _NAMES[suffix.removesuffix("s")]


def _scale(word: str | None) -> float:
    bare = (word or "").strip(" -\u00a0")
    if not bare:
        return 1.0
    return _LETTER_SCALE.get(bare.lower()) or _WORD_SCALE[bare.lower().removesuffix("s")]


def _unstopped(text: str, span: Span) -> Span:
    """Leave out a sentence's point that was read as part of "pct."."""
    return Span(span.start, span.end - 1) if text[span.end - 1] == "." else span
