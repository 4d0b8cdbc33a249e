"""The loop: how often it calls, and what a whole process does with one round."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrative.clock import SimulatedClock
from narrative.commands.watch import repeat
from tests.shell import narrative

START = datetime(2026, 1, 5, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("takes", "begins", "reason"),
    [
        (0, [0, 600, 1200], "a poll that takes no time begins every ten minutes"),
        (90, [0, 600, 1200], "the pause counts from start to start"),
        (700, [0, 700, 1400], "a slow poll is followed at once, and only by one"),
    ],
)
def test_polls_begin_a_pause_apart(takes: int, begins: list[int], reason: str) -> None:
    clock = SimulatedClock(START)
    begun: list[float] = []

    def once() -> None:
        begun.append((clock.now() - START).total_seconds())
        clock.sleep(takes)

    repeat(once, clock, 600, rounds=3)
    assert begun == begins, reason


def test_a_failure_ends_the_loop() -> None:
    clock = SimulatedClock(START)
    calls = []

    def once() -> None:
        calls.append(1)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        repeat(once, clock, 600)
    assert calls == [1]


def test_one_round_of_a_list_that_cannot_be_reached_is_one_line_of_json(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.toml"
    feeds.write_text(
        '[[feed]]\nurl = "http://127.0.0.1:9/feed"\noutlet = "Nobody"\nkind = "rss"\ninterval_minutes = 60\n'
        'use = "none"\nchecked = "never"\n',
        encoding="utf-8",
    )
    asked = ("watch", "--rounds", "1", "--json", "--feeds", "feeds.toml", "--contact", "me@example.org")
    ran = narrative(*asked, cwd=tmp_path)
    row = json.loads(ran.out)
    assert (ran.code, row["polled"], row["feeds_failed"], row["fetched"]) == (0, 1, 1, 0)


def test_without_a_contact_it_says_what_to_do(tmp_path: Path) -> None:
    ran = narrative("watch", "--rounds", "1", cwd=tmp_path)
    assert ran.code == 2
    assert "--contact" in ran.err
