"""A process that polls many hosts, reads what came, and says how much memory that took at its peak.

    python -c "from tests.peak import main; main()" PORT HOSTS READ

It imports what a crawl imports and nothing of the test extra: spaCy would load torch where there is one.
"""

from __future__ import annotations

import re
import resource
import sys
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

EXTRAS = ("torch", "transformers", "pandas")


def peak() -> float:
    """Return the most memory this process has held, in MiB.

    Linux's own mark of this program is read where there is one: getrusage also counts the program that
    started it.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    most = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 / (1024 if sys.platform == "darwin" else 1)  # which counts in bytes


def main() -> None:
    """Poll the hosts at a port of loopback, read so many pages, print pages, articles and both peaks."""
    sys.modules.update(dict.fromkeys(EXTRAS))
    port, hosts, read = map(int, sys.argv[1:])
    _run(port, hosts, read)


def _run(port: int, hosts: int, read: int) -> None:
    from narrative.clock import SystemClock
    from narrative.crawl.fetch import Fetcher
    from narrative.crawl.poll import poll
    from narrative.crawl.transport import LoopbackTransport
    from narrative.ledger import open_ledger
    from narrative.pipeline import keep_page
    from narrative.read.encoder import load_reader
    from narrative.read.page import article_of
    from narrative.targets import load_targets
    from narrative.terms import Feed

    clock, model, targets = SystemClock(), load_reader(), load_targets()
    names = [f"host{number}.example" for number in range(hosts)]
    feeds = [Feed(f"http://{name}/{number}/feed.xml", name) for number, name in enumerate(names)]
    with (
        TemporaryDirectory() as folder,
        open_ledger(Path(folder) / "ledger.db", clock, create=True) as ledger,
        LoopbackTransport(dict.fromkeys(names, ("127.0.0.1", port))) as way,
        Fetcher(way, clock, user_agent="narrative/0.1", delay=0.0) as fetcher,
    ):
        captures = poll(feeds, ledger, fetcher, clock).captures
        polled = peak()
        for capture in islice(ledger.captures_to_read(), read):
            keep_page(capture, article_of(capture), ledger, model, targets)
        print(captures, ledger.articles_count(), round(polled, 1), round(peak(), 1))
