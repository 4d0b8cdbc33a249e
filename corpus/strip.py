"""Writes annotated articles as standoff lines, which can travel where the texts may not.

    python -m corpus.strip FOLDER > gold.jsonl        # one line an article
    python -m corpus.strip FOLDER --texts TEXTS       # the plain texts, <id>.txt each

A line holds offsets, labels, and the names of speakers and firms; `narrative evaluate --gold gold.jsonl --texts TEXTS` reads both.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from narrative.errors import NarrativeError
from narrative.evaluate.documents import read_documents
from narrative.evaluate.standoff import standoff


def main() -> int:
    """Print the lines of a folder or file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--texts", type=Path, help="write the plain texts into this folder instead")
    given = parser.parse_args()
    try:
        articles = read_documents(given.path)
    except NarrativeError as error:
        print(error, file=sys.stderr)
        return 1
    for article in articles:
        if given.texts:
            given.texts.mkdir(parents=True, exist_ok=True)
            (given.texts / f"{article.id}.txt").write_bytes(article.text.encode("utf-8"))
        else:
            print(json.dumps(standoff(article), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
