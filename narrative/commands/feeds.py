"""narrative feeds: the list of feeds to poll, and what each of them answers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import click

from narrative.commands.options import contact

if TYPE_CHECKING:
    from narrative.clock import Clock
    from narrative.crawl.discovery import Discovery, Trial
    from narrative.crawl.feedlist import FeedList
    from narrative.crawl.fetch import Fetcher
    from narrative.terms import Feed, Link

UNKNOWN_USE = "unknown: read the publisher's terms"
_WIDTH = 80  # columns of a line
_LABEL = 12  # columns before a fact
_CUT = "…"

Command = TypeVar("Command", bound=Callable[..., Any])


def feed_list(command: Command) -> Command:
    """`--feeds`: the list of feeds in use, handed over as `listed`."""
    return click.option(
        "--feeds",
        "listed",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="NARRATIVE_FEEDS",
        callback=_in_use,
        help="Your list of feeds (or set NARRATIVE_FEEDS). Without it: ./feeds.toml, else the built-in list.",
    )(command)


def _in_use(_ctx: click.Context, _param: click.Parameter, given: Path | None) -> FeedList:
    from narrative.crawl.feedlist import list_in_use

    return list_in_use(given, Path())


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of a feed to be added; what is left out is found, or has a default."""

    outlet: str = ""
    use: str = UNKNOWN_USE
    interval_minutes: int = 60
    first: bool = False  # of several feeds take the first


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show and change the list of feeds, and see whether they work.

    \b
    Examples:
      narrative feeds list
      narrative feeds add https://example.org/markets --contact you@example.org
      narrative feeds test --contact you@example.org
      narrative feeds remove https://example.org/markets/rss.xml
    """  # noqa: D301
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("add")
@click.argument("page", metavar="URL")
@click.option("--outlet", default="", help="Who publishes it; else what the page or the feed calls itself.")
@click.option(
    "--interval",
    type=click.IntRange(5, 10080),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="Time between two polls.",
)
@click.option("--use", default=UNKNOWN_USE, help="What the publisher permits, in your words.")
@click.option("--first", is_flag=True, help="Take the first when the page offers several feeds.")
@contact
@feed_list
def add_command(
    page: str, outlet: str, interval: int, use: str, first: bool, contact: str | None, listed: FeedList
) -> None:
    """Find the feed of a page, look at it, and put it in the list. URL may be the feed itself.

    The built-in list is never changed: the first addition starts ./feeds.toml as a copy of it.

    \b
    Examples:
      narrative feeds add example.org --contact you@example.org
      narrative feeds add example.org/rss.xml --outlet "Example" --interval 30
    """  # noqa: D301
    from narrative.clock import SystemClock

    clock, wish = SystemClock(), Wish(_plain(outlet), _plain(use) or UNKNOWN_USE, interval, first)
    with _asking(contact, clock) as fetcher:
        add(page, listed, wish, fetcher, clock)


@command.command("list")
@feed_list
def list_command(listed: FeedList) -> None:
    """Show the list in use. A long address is shortened with …; the other commands take it as it is shown.

    \b
    Example:
      narrative feeds list
    """  # noqa: D301
    show(listed)


@command.command("test")
@click.argument("urls", nargs=-1, metavar="[URL...]")
@contact
@feed_list
def test_command(urls: tuple[str, ...], contact: str | None, listed: FeedList) -> None:
    """Ask each feed once and say whether it works, without keeping anything. Exit code 1 when one does not.

    \b
    Examples:
      narrative feeds test --contact you@example.org
      narrative feeds test https://example.org/rss.xml --contact you@example.org
    """  # noqa: D301
    from narrative.clock import SystemClock

    with _asking(contact, SystemClock()) as fetcher:
        working = poll_once(urls, listed, fetcher)
    if not working:
        raise click.exceptions.Exit(1)


@command.command("remove")
@click.argument("url", metavar="URL")
@feed_list
def remove_command(url: str, listed: FeedList) -> None:
    """Take a feed out of the list. What was kept from it stays in the ledger.

    \b
    Example:
      narrative feeds remove https://example.org/rss.xml
    """  # noqa: D301
    remove(url, listed)


def _asking(contact: str | None, clock: Clock) -> Fetcher:
    from narrative.crawl.agent import user_agent
    from narrative.crawl.fetch import Fetcher

    return Fetcher(None, clock, user_agent=user_agent(contact))


# --- what they do ----------------------------------------------------------------------------------------


def add(page: str, listed: FeedList, wish: Wish, fetcher: Fetcher, clock: Clock) -> None:
    """Find a feed, look at it, append it to the list and print what it is; one that is listed is left alone.

    Raises UsageError for what is no address and for a choice between several feeds, which are printed;
    NarrativeError when there is no feed that works.
    """
    from narrative.crawl.discovery import discover, try_feed
    from narrative.crawl.feedlist import address_meant, append_feed, find_feed, shown
    from narrative.errors import NarrativeError

    feeds = listed.load() if listed.path.exists() else ()
    url = address_meant(page, feeds)
    there = find_feed(feeds, url)
    if there is None:
        found = discover(url, fetcher)
        if len(found.offers) > 1 and not wish.first:
            _leave_choice(url, found, feeds)
        chosen = found.offers[0].url
        there = find_feed(feeds, chosen)
    if there is None:
        trial = found.trial or try_feed(chosen, fetcher)
        if trial.trouble:
            raise NarrativeError(f"{url}: the feed {found.how}, {chosen}, fails: {_trouble(trial)}")
        there = find_feed(feeds, trial.final_url)
    if there is not None:
        _say("unchanged", shown(there.url))
        _say("list", f"{listed.name} has this feed already")
        return
    where = _where(listed)
    feed = _entry(trial, found.site, wish, clock)
    append_feed(listed, feed)
    _say_added(feed, trial, found.how)
    _say("list", where)


def show(listed: FeedList) -> None:
    """Print the list: outlet, kind, interval and the day it was last seen to work, then address and use."""
    from narrative.crawl.feedlist import shown

    feeds = listed.load()
    click.echo(f"{_counted(len(feeds), 'feed')} in {listed.name}")
    if feeds:
        click.echo(f"\n{'outlet':<40}  {'kind':<7}  {'polled every':<13}  checked")
    for feed in feeds:
        every = _every(feed.interval_minutes)
        click.echo(f"{_plain(feed.outlet, 40):<40}  {feed.kind:<7}  {every:<13}  {feed.checked}")
        click.echo(f"  {shown(feed.url)}")
        click.echo(_paragraph(f"use: {_plain(feed.use)}", "  "))


def poll_once(urls: Sequence[str], listed: FeedList, fetcher: Fetcher) -> bool:
    """Ask each named feed, or all in the list, and print what each answers; returns whether all of them work.

    An address that is not in the list is asked all the same. Raises UsageError for what is no address.
    """
    from narrative.crawl.discovery import try_feed
    from narrative.crawl.feedlist import address_meant, find_feed, shown

    feeds = listed.load() if listed.path.exists() or not urls else ()
    named = list(dict.fromkeys(address_meant(url, feeds) for url in urls)) or [feed.url for feed in feeds]
    working = 0
    for url in named:
        trial = try_feed(url, fetcher)
        working += not trial.trouble
        click.echo(f"{'fails' if trial.trouble else 'works'}  {shown(url)}")
        for fact in _facts(trial, find_feed(feeds, url)):
            click.echo(_paragraph(fact, " " * 7))
    if len(named) != 1:
        click.echo(f"{working} of {_counted(len(named), 'feed')} work")
    return working == len(named)


def remove(url: str, listed: FeedList) -> None:
    """Cut a feed out of the list. Raises UsageError when it is not there."""
    from narrative.crawl.feedlist import address_meant, remove_feed, shown

    where = _where(listed)
    gone = remove_feed(listed, address_meant(url, listed.load()))
    _say("removed", shown(gone.url))
    _say("list", where)
    _say("ledger", "what was kept from this feed stays")


def _entry(trial: Trial, site: str, wish: Wish, clock: Clock) -> Feed:
    from narrative.terms import Feed

    host = (urlsplit(trial.final_url).hostname or "").removeprefix("www.")
    outlet = wish.outlet or _plain(site, _WIDTH) or _plain(trial.title, _WIDTH) or host
    today = clock.now().date().isoformat()
    return Feed(trial.url, outlet, trial.listed_kind, wish.interval_minutes, wish.use, today)


# --- what is printed -------------------------------------------------------------------------------------


def _say(label: str, fact: str) -> None:
    click.echo(_paragraph(fact, " " * _LABEL, f"{label:<{_LABEL}}"))


def _say_added(feed: Feed, trial: Trial, how: str) -> None:
    from narrative.crawl.feedlist import shown

    _say("added", shown(feed.url))
    _say("found", how)
    _say("title", _plain(trial.title, _WIDTH) or "none given")
    _say("kind", feed.kind)
    _say("entries", str(len(trial.entries)))
    newest = trial.newest
    title = _plain(newest.title, _WIDTH) if newest else ""
    _say("newest", f"{_when(newest)}: {title}" if newest else "no entry says when it was published")
    if trial.remark:
        _say("note", _plain(trial.remark))
    _say("outlet", feed.outlet)
    _say("use", feed.use)
    _say("polled", f"every {_every(feed.interval_minutes)}")


def _leave_choice(url: str, found: Discovery, feeds: Sequence[Feed]) -> NoReturn:
    """Print the feeds to choose from, their addresses whole so that they can be copied, and raise UsageError."""
    from narrative.crawl.feedlist import find_feed
    from narrative.errors import UsageError

    for offer in found.offers:
        there = "in the list already" if find_feed(feeds, offer.url) else ""
        click.echo(_plain(offer.url))
        words = ", ".join(filter(None, (offer.kind, offer.title, there)))
        click.echo(f"    {_plain(words or 'no title', _WIDTH - 4)}")
    several = f"{len(found.offers)} feeds are {found.how}"
    raise UsageError(f"{url}: {several}; add one of them by its address, or use --first")


def _facts(trial: Trial, feed: Feed | None) -> Iterator[str]:
    """Yield what a look at a feed showed, a line each."""
    if trial.trouble:
        yield _trouble(trial)
        return
    entries = "1 entry" if len(trial.entries) == 1 else f"{len(trial.entries)} entries"
    newest = trial.newest
    yield f"{entries}, {f'newest {_when(newest)}' if newest else 'none says when it was published'}"
    if feed is not None and feed.kind != trial.listed_kind:
        yield f"the list calls it {feed.kind}, it is {trial.listed_kind}; correct its kind there"
    if trial.remark:
        yield _plain(trial.remark)


def _trouble(trial: Trial) -> str:
    """Return what is wrong, without the address that stands before it."""
    return _plain(trial.trouble.removeprefix(trial.url).removeprefix(":"))


def _where(listed: FeedList) -> str:
    """Return which file a change goes to, and whether it begins with this change."""
    if listed.built_in:
        return f"{listed.target}, started as a copy of {listed.name}"
    return str(listed.path) if listed.path.exists() else f"{listed.path}, started with this feed"


def _when(entry: Link) -> str:
    claim = entry.published
    if claim is None or not isinstance(claim.value, datetime):
        return str(claim and claim.value)
    return f"{claim.value:%Y-%m-%d %H:%M}{' UTC' if claim.zone_known else ', zone not stated'}"


def _every(minutes: int) -> str:
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes % size == 0:
            return unit if minutes == size else f"{minutes // size} {unit}s"
    return f"{minutes} minutes"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _plain(text: str, room: int | None = None) -> str:
    """Return words of strangers as one line that cannot steer a terminal, cut to `room` columns."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if room is None or len(line) <= room else f"{line[: room - 1]}{_CUT}"


def _paragraph(fact: str, indent: str, label: str = "") -> str:
    """Return a fact in lines of the page's width, behind its label; only an address may be longer."""
    page = textwrap.TextWrapper(_WIDTH, label or indent, indent, break_long_words=False)
    page.break_on_hyphens = False
    return page.fill(fact)
