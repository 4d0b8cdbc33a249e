"""Reading in several processes: the same answers in the same order, errors in their turn, little under way at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from narrative.errors import NarrativeError
from narrative.read import parallel
from narrative.read.workers import over_processes
from tests.shell import narrative

ARTICLES = sorted((Path(__file__).resolve().parents[1] / "corpus" / "articles" / "a-desk").glob("*.txt"))[:3]


def halved(number: int) -> int:
    if number % 2:
        raise NarrativeError(f"{number} is odd")
    return number // 2


def dies(number: int) -> int:
    if number == 1:
        os._exit(9)
    time.sleep(0.2)
    return number


def asked_in_parallel(number: int) -> set[str]:
    import threading

    return set(parallel.in_parallel(lambda _: threading.current_thread().name, range(number)))


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_and_errors_come_in_the_order_of_the_questions(jobs: int) -> None:
    out: list[object] = []
    for told in over_processes(halved, range(7), jobs):
        try:
            out.append(told())
        except NarrativeError as error:
            out.append(str(error))
    assert out == [0, "1 is odd", 1, "3 is odd", 2, "5 is odd", 3]


def test_few_questions_are_taken_before_their_turn() -> None:
    taken = 0

    def questions() -> Iterator[int]:
        nonlocal taken
        for number in range(0, 200, 2):
            taken += 1
            yield number

    told = over_processes(halved, questions(), 2)
    assert [next(told)(), next(told)()] == [0, 1]
    assert taken < 20
    told.close()  # type: ignore[attr-defined]


def test_a_process_that_dies_ends_the_work_in_one_line() -> None:
    with pytest.raises(NarrativeError, match="has died; try again with fewer --jobs"):
        [told() for told in over_processes(dies, range(4), 2)]


def test_a_worker_asks_its_model_on_one_thread() -> None:
    (told,) = [told() for told in over_processes(asked_in_parallel, [4, 4], 2)][:1]
    assert told == {"MainThread"}


def test_the_command_prints_the_same_with_any_number_of_jobs(tmp_path: Path) -> None:
    read = partial(narrative, "read", "--json", *ARTICLES, tmp_path / "missing.txt", cwd=tmp_path)
    alone, beside = read(), read("--jobs", "2")
    assert alone.code == beside.code == 1
    assert len(alone.out.splitlines()) == len(ARTICLES)
    assert beside.out == alone.out
    assert (
        beside.err
        == alone.err
        == f"narrative: cannot read {tmp_path}/missing.txt: No such file or directory\n"
    )
