"""Writes annotated articles as standoff lines: offsets and labels that can travel where the texts may not.

    python -m corpus.strip FOLDER > gold.jsonl        # one line an article, in the order of the paths

`narrative evaluate --gold gold.jsonl --texts TEXTS` reads them beside texts of the same hash, `<id>.txt` each.
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
    try:
        articles = read_documents(parser.parse_args().path)
    except NarrativeError as error:
        print(error, file=sys.stderr)
        return 1
    for article in articles:
        print(json.dumps(standoff(article), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
