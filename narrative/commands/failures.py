"""Several inputs in one command: a bad one is told in a line, the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from narrative.errors import NarrativeError


class Failures:
    """What went wrong so far; the command ends with the worst exit code."""

    def __init__(self) -> None:
        self._code = 0

    @contextmanager
    def told(self) -> Iterator[None]:
        """Run a block; print its NarrativeError on standard error and go on."""
        try:
            yield
        except NarrativeError as error:
            self._code = max(self._code, error.exit_code)
            click.echo(f"narrative: {' '.join(str(error).split())}", err=True)

    def stop(self) -> None:
        """End the command with the worst exit code when anything failed."""
        if self._code:
            raise click.exceptions.Exit(self._code)
