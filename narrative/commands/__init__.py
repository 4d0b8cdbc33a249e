"""The command line. Each command is a thin file that imports its rooms inside its function, so that `--help` stays fast."""

from __future__ import annotations

import importlib
import sys
import traceback

import click

from narrative.errors import NarrativeError

#: command -> (module, one line for --help), in the order a newcomer meets them
_COMMANDS = {
    "demo": "Crawl a small invented web on this machine and show every step of the product.",
    "read": "Read articles from files: who said what about which target.",
    "add": "Read a page or file and keep it in the ledger.",
    "feeds": "Show and change the list of feeds, and see whether they work.",
    "crawl": "Poll the feeds once: fetch what is new, read it, keep it.",
    "backfill": "Read many archives and dumps with many workers into Parquet files.",
    "merge": "Load what a backfill wrote into the ledger.",
    "watch": "Poll the feeds again and again until it is stopped.",
    "reread": "Read everything that is kept again, with the present code and model.",
    "rejudge": "Judge the statements that are kept again: another model, or new targets.",
    "diff-vintage": "Show what one vintage judged otherwise than another, and what moved net.",
    "export-warc": "Write the kept pages as a web archive.",
    "status": "Show what every feed last brought, what is broken, and what was not seen.",
    "ask": 'Answer a question, such as "who is bullish on small caps".',
    "narratives": "Show the narratives there are, and what the names of your own targets match.",
    "why": "Show the sentence, the speaker and the times behind a view or a figure.",
    "show": "Draw all that was read in an article: who said what, names, numbers, views.",
    "voices": "Show who speaks, and say who is one person and who is two.",
    "correct": "Correct the stance of a view by hand, from now on; or export the corrections.",
    "digest": "Write the weekly digest of a narrative.",
    "browse": "Look through the ledger in a web browser on this machine, with Datasette.",
    "factor": "Export a narrative's sentiment as a factor, without look-ahead.",
    "import-views": "Import views from elsewhere, so that any source can stand behind a factor.",
    "prices": "Keep market prices beside the views, and show a narrative's spreads.",
    "verify": "Check that the ledger is whole and that its past was not edited.",
    "audit": "Recompute random figures from the rows that were known at their time.",
    "backup": "Copy the ledger to a second file while a crawl goes on.",
    "stance": "Judge lines of {text, target}.",
    "evaluate": "Score the reader on annotated articles, this project's or your own.",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are called, not when their names are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click calls it so
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 -- click calls it so
        if name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(
            f"narrative.commands.{name.replace('-', '_')}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click calls it so
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="narrative", prog_name="narrative")
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Who said what about which part of the market, and when.

    \b
    Examples:
      narrative demo
      narrative read article.txt --json
      narrative add https://example.org/story --outlet "Example"
      narrative ask "who is bullish on small caps"
      narrative why 3f2a
    """  # noqa: D301
    del debug
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit 0, 1 for a failure, 2 for a request that cannot be understood; one line says why.

    `--debug` is taken wherever it stands, because it is added at the end when something has failed.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        code = cli.main(args=arguments, prog_name="narrative", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit("narrative: interrupted; what was finished is kept")
    except click.ClickException as error:
        _stop(error.format_message(), error.exit_code, debug)
    except NarrativeError as error:
        _stop(str(error), error.exit_code, debug)
    except Exception as error:
        _stop(f"unexpected {type(error).__name__}: {error} (--debug shows where)", 1, debug)


def _stop(message: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(f"narrative: {' '.join(message.split())}", err=True)
    sys.exit(code)
