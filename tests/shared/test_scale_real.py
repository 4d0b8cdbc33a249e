"""What triage keeps of the views that were annotated in real texts, and how much work it saves on real pages."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from real_texts import HERE, read_rows, texts

from narrative.scale.triage import Triage
from narrative.targets import Targets
from narrative.terms import Capture
from tests.test_scale_triage import RECALL, page


@pytest.mark.parametrize(("split", "gold"), [("test", "gold.jsonl"), ("dev", "dev.jsonl")])
def test_triage_keeps_the_annotated_views_of_real_texts(
    shared: Path, targets: Targets, split: str, gold: str, capsys: pytest.CaptureFixture[str]
) -> None:
    views = {str(row["id"]): len(row.get("views", [])) for row in read_rows(HERE / "real" / gold)}
    triage, held, lost = Triage(targets), 0, {}
    for name, text in texts(shared, split):
        why = triage.page(page(*[line for line in text.split("\n") if line.strip()]))
        if why is None:
            held += views.get(name, 0)
        elif views.get(name):
            lost[name] = (views[name], why)
    share = held / (held + sum(number for number, _ in lost.values()))
    with capsys.disabled():
        print(
            f"\ntriage keeps {share:.4f} of {sum(views.values())} views of real texts ({split}); lost {lost}",
            end="",
        )
    assert share >= RECALL


def test_triage_lets_financial_pages_through_and_leaves_most_others(
    shared: Path, targets: Targets, capsys: pytest.CaptureFixture[str]
) -> None:
    triage, passed = Triage(targets), {True: 0, False: 0}
    total = dict(passed)
    for folder in ("html", "html_dates"):
        for row in read_rows(shared / "data" / folder / "gold.jsonl"):
            body = gzip.decompress((shared / "data" / folder / f"{row['id']}.html.gz").read_bytes())
            capture = Capture(row["url"], row["url"], datetime(2026, 1, 9, tzinfo=UTC), "text/html", body)
            total[bool(row["finance"])] += 1
            passed[bool(row["finance"])] += triage.page(capture) is None
    with capsys.disabled():
        financial, others = (f"{passed[kind]} of {total[kind]}" for kind in (True, False))
        print(f"\ntriage reads {financial} financial pages, {others} others", end="")
    assert passed[True] >= 0.85 * total[True]
    assert passed[False] <= 0.5 * total[False]
