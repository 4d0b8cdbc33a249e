"""When a page was published and updated: every claim on it, the one to believe, the publisher's own clock, the doubts.

An instant is the same everywhere, but the day that a reader sees printed is the publisher's. Pages state the instant to
machines in UTC and print it by their own clock: from the two together follows the offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_tz
from typing import Any, NamedTuple

from narrative.read.dates import chosen, doubts, relative, stated
from narrative.read.junk import is_control
from narrative.read.metadata import PageFacts
from narrative.terms import Claim, Origin

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_CLOCK = (
    r"(?:[\s,|/•·–—-]{0,4}(?:at\s)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
    r"\s?(?P<half>[ap])?(?(half)\.?m))?"
)
_ZONE = r"(?P<zone>\s?(?:Z\b|(?:UTC|GMT)(?![+\w-])|[+-]\d{2}:?\d{2}\b))?"
#: "Nov. 19, 2019 5:50 PM", "30 August 2023 • 4:45pm", "2019-11-18 20:58:46"
_PRINTED = tuple(
    re.compile(rf"(?i)(?<![\w/-]){day}{_CLOCK}{_ZONE}")
    for day in (
        rf"{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s{_MONTH},?\s(?P<year>\d{{4}})",
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})T?",
    )
)
_TOLD = re.compile(r"(?i)\b(?:posted|published|updated)\b.{0,80}")
_TELLING = (
    "//body//*[not(self::script or self::style)]"
    "[text()[contains(., 'osted') or contains(., 'pdated') or contains(., 'ublished')]]"
)
_URL_DAY = re.compile(r"/(?P<year>\d{4})[/-](?P<month>\d{1,2}|[a-z]{3})[/-](?P<day>\d{1,2})(?=[/_.-]|$)")
_OWN_ZONE = re.compile(r"(?P<side>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})$")
_MAIL = re.compile(
    r"(?:[A-Za-z]{3},?\s)?(?:\d{1,2}\s[A-Za-z]{3}|[A-Za-z]{3}\s\d{1,2}),?\s\d{4}\s\d{1,2}:\d{2}(?::\d{2})?"
    r"(?:\s(?:[A-Z]{1,5}|[+-]\d{4}))?"
)
_WEST, _EAST = timedelta(hours=-11), timedelta(hours=14)
_WIDEST = timedelta(hours=15)  # an offset further from UTC than that is a mistake
#: offsets in use that are no whole hours
_BROKEN = {timedelta(minutes=m) for m in (-210, -150, 210, 270, 330, 345, 390, 570, 630)}
_DAY = timedelta(days=1)
_FIRST_YEAR = 1985
_MOST = 40  # places of a page that may tell its age


class _Printed(NamedTuple):
    """A day as a page prints it, with the publisher's clock where it is printed too."""

    day: date
    clock: timedelta | None = None
    seconds: bool = False
    zone: bool = False


@dataclass(frozen=True, slots=True)
class Dating:
    """The publication of one page. `offset` is the publisher's clock east of UTC, None where nothing tells it.

    `flags` are the doubts, each a kind, a colon and the reason in words.
    """

    published: Claim | None = None
    updated: Claim | None = None
    offset: timedelta | None = None
    flags: tuple[str, ...] = ()

    @property
    def day(self) -> date | None:
        """The calendar day of the publication as the publisher counts it."""
        if self.published is None:
            return None
        value = self.published.value
        return (value + (self.offset or timedelta())).date() if isinstance(value, datetime) else value


def dated(
    tree: Any, facts: PageFacts, url: str, found: Claim | None, feed: Claim | None, seen_at: datetime
) -> Dating:
    """Date a parsed page (an lxml element). `found` is a guess from its text, `feed` what its feed says of it."""
    told = (claim_of(facts.published, "json-ld"), claim_of(facts.meta_published, "meta"), _address_day(url))
    near = near_top(tree)
    prints = [one for words in near for one in printed(words)]
    if _is_year_alone(found, prints):
        found = None
    claims = [claim for claim in (*told, found, feed) if claim]
    if not claims and (ago := age_of(near, seen_at)):
        claims = [ago]
    best = chosen(claims)
    agreed = _corroborated([*_days_of([*told, feed]), *(one.day for one in prints[:2])], best)
    updated = claim_of(facts.modified, "json-ld") or claim_of(facts.meta_modified, "meta")
    return Dating(
        best,
        updated if updated and best and _not_before(updated, best) else None,
        _offset(best, facts, tree, prints),
        flagged([claim for claim in claims if not (agreed and claim is found)], best, seen_at),
    )


def flagged(claims: Sequence[Claim], best: Claim | None, seen_at: datetime | None) -> tuple[str, ...]:
    """Return the doubts about a date, each with its reason: `future_date`, `dates_disagree`."""
    told = dict.fromkeys(f"{claim.origin} {_short(claim)}" for claim in claims if claim.origin != "relative")
    reasons = {
        "future_date": f"dated {_short(best)}, read {_short(seen_at)}" if best and seen_at else "",
        "dates_disagree": f"dated {', '.join(told)}",
    }
    return tuple(f"{kind}: {reasons[kind]}" for kind in doubts(claims, best, seen_at))


def claim_of(text: str, origin: Origin) -> Claim | None:
    """Return the claim of a date as pages write it for machines.

    That is ISO 8601, the form of e-mail ("Tue, Sep 15 2020 10:01:41 EDT"), or a day with a month's name; None for
    anything else.
    """
    text = re.sub(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", " ".join(text[:80].split()))
    if claim := stated(text, origin):
        return claim
    first = next(printed(text), None)
    if first is None or not _FIRST_YEAR <= first.day.year < date.max.year:
        return None
    if first.clock is None:
        return Claim(first.day, origin, zone_known=False)
    fields = parsedate_tz(text) if _MAIL.fullmatch(text) else None
    shift = fields[9] if fields and re.search(r"[A-Z]$|[+-]\d{4}$", text) else None
    if shift is not None and abs(shift) > _WIDEST.total_seconds():
        shift = None
    minutes = None if shift is None else shift // 60
    return Claim(_instant(first) - timedelta(seconds=shift or 0), origin, shift is not None, minutes)


def near_top(tree: Any) -> list[str]:
    """Short texts in which a page tells its age: <time>, elements named for dates and bylines, "Posted: ..."."""
    nodes = tree.xpath(
        "//time | //*[contains(@class, 'date') or contains(@class, 'time') or contains(@class, 'byline')"
        " or contains(@class, 'meta')]"
    )
    out = [words for node in nodes[:_MOST] if 3 < len(words := _words(node)) <= 120]
    told = tree.xpath(_TELLING)
    return out + [match.group() for node in told[:_MOST] if (match := _TOLD.search(_words(node)[:400]))]


def age_of(lines: Iterable[str], seen_at: datetime) -> Claim | None:
    """Return the claim of the first line that is nothing but a page's age ("11 hours ago")."""
    for line in lines:
        if len(line) <= 120 and is_control(line) and (claim := relative(line, seen_at)):
            return claim
    return None


def printed(words: str) -> Iterator[_Printed]:
    """Find the days with a month's name, or in ISO form, that a text prints, and the clock behind each."""
    matches = sorted((m for form in _PRINTED for m in form.finditer(words)), key=lambda m: m.start())
    for match in matches:
        if (day := _day(match)) is None:
            continue
        parts = [int(match[name] or 0) for name in ("hour", "minute", "second")]
        if match["hour"] is None or parts[0] > 23 or max(parts) > 59:
            yield _Printed(day)
            continue
        if match["half"]:
            parts[0] = parts[0] % 12 + (12 if match["half"].lower() == "p" else 0)
        clock = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
        yield _Printed(day, clock, match["second"] is not None, bool(match["zone"]))


def _offset(best: Claim | None, facts: PageFacts, tree: Any, prints: Sequence[_Printed]) -> timedelta | None:
    """The publisher's clock: as the instant is stated, else by a print of the same minute at another hour."""
    if best is None or not isinstance(best.value, datetime) or not best.zone_known:
        return None
    own = {"json-ld": facts.published, "meta": facts.meta_published}.get(best.origin, "")
    zone = _OWN_ZONE.search(own.strip())
    size = timedelta(hours=int(zone["hours"]), minutes=int(zone["minutes"])) if zone else timedelta()
    if zone and timedelta() < size <= _WIDEST:
        return size if zone["side"] == "+" else -size
    machine = [facts.published, facts.meta_published, *tree.xpath("//time/@datetime")[:3]]
    for one in (*prints, *(one for text in machine for one in printed(text))):
        if one.clock is not None and not one.zone and (shift := _shift(one, best.value)) is not None:
            return shift
    return None


def _shift(moment: _Printed, instant: datetime) -> timedelta | None:
    """How far a printed clock is ahead of the instant, if by an offset that is in use; a print in UTC tells nothing."""
    exact = instant.replace(microsecond=0) if moment.seconds else instant.replace(second=0, microsecond=0)
    shift = _instant(moment) - exact
    real = shift % timedelta(hours=1) == timedelta() or shift in _BROKEN
    return shift if shift and real and _WEST <= shift <= _EAST else None


def _instant(moment: _Printed) -> datetime:
    """The printed day and clock as if they were UTC."""
    midnight = datetime.combine(moment.day, time(), UTC)
    return midnight + (moment.clock or timedelta())


def _address_day(url: str) -> Claim | None:
    """The day that the page's address holds: /2019/11/18/."""
    match = _URL_DAY.search(url.partition("?")[0].lower())
    day = _day(match) if match else None
    return Claim(day, "page", zone_known=False) if day and _FIRST_YEAR <= day.year < date.max.year else None


def _day(match: re.Match[str]) -> date | None:
    month = match["month"].lower()
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
        return date(int(match["year"]), number, int(match["day"]))
    except ValueError:
        return None


def _days_of(claims: Iterable[Claim | None]) -> Iterator[date]:
    for claim in claims:
        if claim is not None:
            yield claim.value.date() if isinstance(claim.value, datetime) else claim.value


def _is_year_alone(found: Claim | None, prints: Iterable[_Printed]) -> bool:
    """Whether a guess is the first of January without being printed: so a year alone is guessed at."""
    days = list(_days_of([found]))
    return bool(days) and (days[0].month, days[0].day) == (1, 1) and all(one.day != days[0] for one in prints)


def _corroborated(witnesses: Sequence[date], best: Claim | None) -> bool:
    """Whether two of the witnesses name the day of the best claim, or one beside it."""
    days = list(_days_of([best]))
    return bool(days) and sum(abs(day - days[0]) <= _DAY for day in witnesses) >= 2


def _not_before(later: Claim, earlier: Claim) -> bool:
    if isinstance(later.value, datetime) and isinstance(earlier.value, datetime):
        return later.value >= earlier.value
    (one, other) = _days_of([later, earlier])
    return one >= other


def _short(moment: Claim | datetime | None) -> str:
    value = moment.value if isinstance(moment, Claim) else moment
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _words(node: Any) -> str:
    return " ".join(" ".join(node.itertext()).split())
