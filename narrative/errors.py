"""What can go wrong for a person, in one line that says what to do.

Every error a user can cause or meet ends in one of these two classes. The command line prints
the message and exits with the code; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations


class NarrativeError(Exception):
    """A failure with a cause outside the program: a file, a page, a database, a model (exit code 1)."""

    exit_code = 1


class UsageError(NarrativeError):
    """A request that cannot be understood or does not exist: a target, a question, an option (exit code 2)."""

    exit_code = 2
