"""The sentences and numbers of a digest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from narrative.tell.escaping import plain
from narrative.tell.layout import count, in_sample, minute, percent, signed
from narrative.tell.novelty import LEAST_NEW, WEEKS
from narrative.tell.shapes import Coverage
from narrative.terms import Entry, Point

_SMALL = 0.005  # a change that prints as 0.00
_MOST_GAPS, _MOST_ADDRESS = 12, 200  # silences of feeds that are named, characters of an address
_MOST_REASONS = 4  # why pages gave no article


def headline(
    point: Point, previous: Point | None, turned: Collection[str], fresh: int, coverage: Coverage | None
) -> Iterator[str]:
    """Give what happened to net, who turned, and whether the week was quiet or merely not heard; `fresh` views are new."""
    deaf = coverage is not None and _unheard(coverage)
    yield _net_sentence(point, previous)
    yield from turned
    if deaf:
        yield deaf
    if not fresh and not deaf:
        yield "A quiet week: nobody said anything new about this narrative."
    elif not fresh:
        yield "Nothing new was read; with feeds missing, that does not mean nothing was said."


def tiles(point: Point, previous: Point | None, flips: int, spread: str) -> Iterator[tuple[str, str, str]]:
    """Give label, value and note of the numbers at the top."""
    yield "Net", signed(point.net), _net_note(point, previous)
    camps = f"{point.n_bullish} : {point.n_bearish} : {point.n_neutral}"
    yield (
        "For : against : neutral",
        camps,
        count(_voices(point), "voice") + (", thin" if point.flag == "thin" else ""),
    )
    yield (
        "New views",
        str(point.n_new),
        f"{count(flips, 'flip')}, {count(point.n_stories, 'story', 'stories')}",
    )
    if spread:
        level = (
            f"{percent(point.spread_level)} since the first week" if point.spread_level is not None else ""
        )
        yield spread, percent(point.spread_return), level


def market_notes(point: Point, previous: Point | None, spread: str) -> Iterator[str]:
    """Give what the spread did beside the net. Beside is all that is claimed."""
    if point.spread_return is None:
        yield "No prices for this week."
        if point.spread_note:
            yield f"{point.spread_note}."
        return
    yield f"{spread or 'The spread'} returned {percent(point.spread_return)} in the week."
    if point.spread_note:
        yield f"Its legs are not measured alike: {point.spread_note}."
    moved = _moved(point, previous)
    if moved is not None and abs(moved) >= _SMALL:
        way = "the same way as" if moved * point.spread_return > 0 else "against"
        yield f"It went {way} the net ({signed(moved)}). One week says nothing about which leads."


def coverage_notes(coverage: Coverage | None, dropped: Collection[str]) -> Iterator[str]:
    """Give what was looked at, what failed, and how many lines were dropped as unsupported."""
    if coverage is None:
        yield "Nothing was crawled for this digest, so its coverage is unknown."
    elif not coverage.crawled and not _polls(coverage):
        yield "No feed was ever polled into this ledger: it knows what was added by hand or from an archive."
        yield _pages(coverage)
    else:
        yield (
            f"Feeds: {count(coverage.polls_ok, 'poll')} answered, {coverage.polls_failed} failed,"
            f" {coverage.polls_refused} refused."
        )
        yield _pages(coverage)
        for gap in coverage.gaps[:_MOST_GAPS]:
            yield f"Not heard: {plain(gap.feed)[:_MOST_ADDRESS]}, {minute(gap.start)} to {minute(gap.end)}."
        if len(coverage.gaps) > _MOST_GAPS:
            yield f"And {count(len(coverage.gaps) - _MOST_GAPS, 'more silence')} of feeds."
    if dropped:
        yield f"{count(len(dropped), 'view')} dropped: the words are not what the stored page has there."
    else:
        yield "Every quote above was checked against its place in the stored page; none was dropped."


def method_notes(
    legs: Mapping[str, int],
    models: Sequence[str],
    version: str,
    quote_words: int,
    entries: Sequence[Entry],
    root: str | None = None,
) -> Iterator[str]:
    """Give the definitions behind the numbers, and the root under which the past can be shown to be unchanged."""
    signs = ", ".join(f"{'+' if sign > 0 else '−'}1 {target}" for target, sign in legs.items())
    yield f"Legs: {signs}. For and against mean for and against the narrative as a whole."
    yield (
        "Net is the stock: one vote a voice, the mean of sign × (p(bullish) − p(bearish)) over its latest"
        " views that stand; a view stands for 63 sessions or its stated horizon. The band is a 95 % interval. Who is"
        " new and who flipped is told against views that ran out 252 sessions ago or later."
    )
    yield (
        "A week ends with the cut-off of its last session, for numbers and lines alike; what could be read later counts"
        " in the week after."
    )
    yield "Unnamed sources, echoes, abstentions and words about the past are in no number."
    yield (
        f"New arguments are views with at least {LEAST_NEW} telling words that nobody used on the legs in the"
        f" {WEEKS} weeks before. Loudest are the voices whose words were in most stories of the week; copies are one story."
    )
    yield f"Model: {', '.join(models) or 'none'}. Targets: {version}. Quotes end at {quote_words} words."
    if told := in_sample(entries):
        yield told
    yield "Each line names its view; narrative why VIEW opens the sentence, the page and the times."
    if root is not None:
        yield f"Root {root}: narrative verify --root shows whether the ledger's past was edited since."


def _net_sentence(point: Point, previous: Point | None) -> str:
    if point.net is None:
        return f"There is no net this week: {point.reason or 'no counted view'}."
    camps = f"{point.n_bullish} for, {point.n_bearish} against, {point.n_neutral} neutral"
    moved = _moved(point, previous)
    if moved is None:
        return f"Net stands at {signed(point.net)}: {camps}."
    if abs(moved) < _SMALL:
        return f"Net is unchanged at {signed(point.net)}: {camps}."
    way = "rose" if moved > 0 else "fell"
    return f"Net {way} to {signed(point.net)} from {signed(previous.net if previous else None)}: {camps}."


def _net_note(point: Point, previous: Point | None) -> str:
    moved = _moved(point, previous)
    parts = [f"{signed(moved)} on the week"] if moved is not None else []
    if point.net_low is not None and point.net_high is not None:
        parts.append(f"95 %: {signed(point.net_low)} to {signed(point.net_high)}")
    return ", ".join(parts)


def _moved(point: Point, previous: Point | None) -> float | None:
    if point.net is None or previous is None or previous.net is None:
        return None
    return point.net - previous.net


def _voices(point: Point) -> int:
    return point.n_bullish + point.n_bearish + point.n_neutral


def _pages(coverage: Coverage) -> str:
    return (
        f"Pages: {coverage.pages_ok} fetched, {coverage.pages_failed} failed,"
        f" {coverage.pages_refused} refused; {count(coverage.articles, 'article')} kept,"
        f" {count(coverage.stubs, 'teaser')} not read{_without_article(coverage)}."
    )


def _without_article(coverage: Coverage) -> str:
    """The pages that gave no article, by reason, the most frequent first."""
    reasons = sorted(coverage.passed_over, key=lambda item: -item[1])
    if not reasons:
        return ""
    told = "; ".join(f"{number} {reason}" for reason, number in reasons[:_MOST_REASONS])
    more = sum(number for _, number in reasons[_MOST_REASONS:])
    rest = f"; {more} for other reasons" if more else ""
    return f", {sum(number for _, number in reasons)} without an article ({told}{rest})"


def _polls(coverage: Coverage) -> int:
    return coverage.polls_ok + coverage.polls_failed + coverage.polls_refused


def _unheard(coverage: Coverage) -> str | None:
    lost, polls = coverage.polls_failed + coverage.polls_refused, _polls(coverage)
    if coverage.crawled and not polls:
        return "No feed was asked in this week: the crawler did not run."
    if not lost and not coverage.gaps:
        return None
    if polls and not coverage.polls_ok:
        return f"No feed was heard this week: {'all ' if polls > 1 else ''}{count(polls, 'poll')} failed or refused."
    gaps = f", {count(len(coverage.gaps), 'gap')}" if coverage.gaps else ""
    return f"The week was not fully heard: {lost} of {count(polls, 'poll')} failed or refused{gaps}."
