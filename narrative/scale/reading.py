"""One input read from its first record to its last, by one process: triage, reading, files, manifest. Knows no cluster."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from narrative.crawl.dumps import DumpRow
from narrative.crawl.packed import BrokenFileError, LeftOut
from narrative.errors import NarrativeError
from narrative.material import EARLY, Taken, article_of_row, is_early, no_text, read_page
from narrative.pipeline import ReadSummary, counted
from narrative.read.encoder import StanceModel
from narrative.read.reader import read_article, vintage_of
from narrative.scale.folder import Folder, Run
from narrative.scale.inputs import Found, Input, Told, records
from narrative.scale.triage import Triage
from narrative.scale.writer import Writer
from narrative.targets import Targets
from narrative.terms import Article, Capture, Reading

Manifest = dict[str, Any]
"""What an input gave: `found` pages or rows, `held` those of them met before in it, `triaged` and `left_out` by reason."""


class InputReader:
    """Reads inputs into one folder with one model, which is loaded once."""

    def __init__(self, folder: Folder, run: Run, model: StanceModel, targets: Targets) -> None:
        self._folder = folder
        self._run = run
        self._model = model
        self._targets = targets
        self._triage = None if run.density is None else Triage(targets, run.density)

    def read(self, file: Input, told: Told = lambda _done: None) -> Manifest:
        """Read an input, put its files into the folder and return its manifest.

        Raises NarrativeError for what cannot be opened or written; then the input has no manifest.
        """
        vintage = vintage_of(self._model, self._targets)
        if (vintage.model, vintage.targets) != (self._run.model, self._run.targets):
            raise NarrativeError(
                f"{file.place} would be read by {vintage.model} and not by {self._run.model}, with which the folder was "
                "begun; install the same version of narrative on every machine"
            )
        with self._folder.draft(file.key) as draft:
            one = _OneInput(file, self._run, Writer(draft, file.key), self._article, self._triage)
            broken = None
            try:
                for number, found in enumerate(records(file, told)):
                    one.take(number, found)
            except BrokenFileError as error:
                broken = str(error)
            manifest = one.manifest(broken)
            self._folder.commit(draft, manifest, file.key)
        return manifest

    def _article(self, article: Article, *, known: bool) -> Reading:
        """Read an article, unless other bytes of the same file have given it."""
        if known:
            return Reading(article, vintage_of(self._model, self._targets))
        return read_article(article, self._model, self._targets)


class _OneInput:
    """What is met in one input, counted and written."""

    def __init__(self, file: Input, run: Run, writer: Writer, read: Any, triage: Triage | None) -> None:
        self._file = file
        self._run = run
        self._writer = writer
        self._read = read
        self._triage = triage
        self._pages: set[tuple[str, bytes]] = set()
        self._articles: set[str] = set()
        self._gave = ReadSummary()
        self._counts = Counter[str]()
        self._triaged = Counter[str]()
        self._left_out = Counter[str]()
        self._first: datetime | None = None
        self._last: datetime | None = None

    def take(self, number: int, found: Found | LeftOut) -> None:
        """Read one page or row. What goes wrong with one is a row of the failures; the others go on."""
        if isinstance(found, LeftOut):
            self._leave_out(number, found)
            return
        self._counts["found"] += 1
        try:
            self._page(number, found) if isinstance(found, Capture) else self._row(number, found)
        except Exception as error:  # a defect in reading one page of millions stops no other
            self._counts["defects"] += 1
            at, url = (
                (found.fetched_at, found.final_url)
                if isinstance(found, Capture)
                else (self._run.began, found.url)
            )
            line = None if isinstance(found, Capture) else found.line
            self._writer.failure(
                number, f"unexpected {type(error).__name__}: {error}", at, line=line, url=url
            )

    def manifest(self, broken: str | None) -> Manifest:
        """Write what is held and return what the input gave; nothing in it depends on when or where it was read."""
        self._writer.close()
        return {
            "input": self._file.place,
            "kind": self._file.kind,
            "size": self._file.size,
            "version": self._file.version,
            "run": self._run.as_json(),
            "found": self._counts["found"],
            "held": self._counts["held"],
            "defects": self._counts["defects"],
            "triaged": dict(sorted(self._triaged.items())),
            "left_out": dict(sorted(self._left_out.items())),
            **asdict(self._gave),
            "first": self._first and self._first.isoformat(),
            "last": self._last and self._last.isoformat(),
            "broken": broken,
            "files": self._writer.files,
        }

    def _leave_out(self, number: int, left: LeftOut, url: str = "") -> None:
        self._left_out[left.reason] += 1
        if left.line is not None:
            self._writer.failure(number, left.reason, self._run.began, line=left.line, url=url)

    def _page(self, number: int, capture: Capture) -> None:
        name = (capture.url, hashlib.blake2b(capture.body, digest_size=16).digest())
        if is_early(capture, self._run.began):
            self._counts["found"] -= 1
            self._left_out[EARLY] += 1
        elif name in self._pages:
            self._counts["held"] += 1
        elif self._triage and (why := self._triage.page(capture)):
            self._triaged[why] += 1
        else:
            self._pages.add(name)
            self._keep_page(number, capture, read_page(capture, self._reading))

    def _keep_page(self, number: int, capture: Capture, taken: Taken | str) -> None:
        if isinstance(taken, str):
            self._gave += ReadSummary(passed_over=1)
            self._writer.failure(number, taken, capture.fetched_at, url=capture.final_url, capture=capture)
            self._span(capture.fetched_at)
        else:
            self._keep(number, taken, capture)

    def _row(self, number: int, row: DumpRow) -> None:
        if self._triage and (why := self._triage.row(row)):
            self._triaged[why] += 1
            return
        try:
            article, trusted = article_of_row(
                row, self._file.place, self._run.began, trust_dates=self._run.trust_dates
            )
            if article.id in self._articles:
                self._counts["held"] += 1
                return
            taken = Taken(self._reading(article), trusted)
        except NarrativeError as error:
            self._counts["found"] -= 1
            self._leave_out(number, LeftOut(no_text(error, self._file.place), row.line), row.url)
            return
        self._keep(number, taken, None)

    def _reading(self, article: Article) -> Reading:
        reading: Reading = self._read(article, known=article.id in self._articles)
        return reading

    def _keep(self, number: int, taken: Taken, capture: Capture | None) -> None:
        article = taken.reading.article
        if article.id in self._articles:
            self._counts["held"] += 1
        else:
            self._articles.add(article.id)
            self._gave += counted(taken.reading)
        self._writer.reading(number, taken, capture, self._run.began)
        self._span(article.available_at or self._run.began)

    def _span(self, at: datetime) -> None:
        self._first = min(self._first or at, at)
        self._last = max(self._last or at, at)
