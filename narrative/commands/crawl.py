"""narrative crawl: one idempotent poll of the feeds, for cron or by hand."""

from __future__ import annotations

from pathlib import Path

import click

from narrative.commands.options import contact, database


@click.command()
@click.option(
    "--feeds", "feeds_file", type=click.Path(path_type=Path, dir_okay=False), help="A feeds.toml of your own."
)
@click.option(
    "--delay",
    type=click.FloatRange(min=1.0),
    default=2.0,
    show_default=True,
    help="Seconds between two requests to a host.",
)
@contact
@database
def command(feeds_file: Path | None, delay: float, contact: str | None, db: Path) -> None:
    """Poll the due feeds once: fetch what is new, read it, keep it. Run it again at any time; nothing is done twice.

    \b
    Examples:
      narrative crawl --contact you@example.org
      narrative crawl --feeds my-feeds.toml --contact you@example.org
    """  # noqa: D301
    from narrative import api
    from narrative.bundled import data
    from narrative.clock import SystemClock
    from narrative.commands.progress import bar
    from narrative.commands.summary import lines
    from narrative.crawl.agent import user_agent
    from narrative.crawl.feeds import load_feeds
    from narrative.crawl.fetch import Fetcher
    from narrative.pipeline import crawl
    from narrative.read.encoder import load_reader
    from narrative.targets import load_targets

    feeds = load_feeds(feeds_file or data("feeds.toml"))
    clock, model, targets = SystemClock(), load_reader(), load_targets()
    agent = user_agent(contact)
    with (
        api.open(db, clock=clock, create=True) as ledger,
        Fetcher(None, clock, user_agent=agent, delay=delay) as fetcher,
        bar() as progress,
    ):
        polled, read = crawl(feeds, ledger, fetcher, clock, model, targets, progress)
    for line in lines(polled, read):
        click.echo(line)
    if polled.polled and polled.feeds_failed == polled.polled:
        raise click.exceptions.Exit(1)
