"""Tags: the likeliest sequence of labels, and what spans, links and chances come of the model's raw answers."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from narrative.read.corpus import as_article
from narrative.read.encoder import Reader
from narrative.read.gold import parse_gold
from narrative.read.passages import passages
from narrative.read.tags import GROUPS, LABELS, WIDTH, Tags, chances, runs
from tests.perfect_tagger import PerfectTagger

TEXT = """+++
id = "t-0001"
published = 2026-01-14
outlet = "The Quay Street Wire"
+++
A week of arguments

[s1.source [s1.speaker Ann Lee], [s1.title chief strategist] at [s1.firm Harbor Pine]], [s1.cue said] that \
[s1.content small caps will beat the giants]. \
"[s2.content We would sell banks]," [s2.source=s1 she] [s2.cue added].

[s3.source [s3.firm Tern Hollow]] [s3.cue expects] [s3.content a gain of [f1.percent 6.2%] in the Russell 2000].
"""


@pytest.fixture(scope="module")
def tagged(reader: Reader) -> tuple[str, Tags]:
    gold = parse_gold(TEXT, Path("t-0001.txt"))
    return gold.text, Tags(gold.text, passages(as_article(gold)), PerfectTagger(gold, reader))


def words(text: str, tags: Tags, kind: str) -> list[str]:
    return [text[slice(*tag.span)] for tag in tags.found[kind]]


def test_spans_are_those_that_are_marked(tagged: tuple[str, Tags]) -> None:
    text, tags = tagged
    assert words(text, tags, "content") == [
        "small caps will beat the giants",
        "We would sell banks",
        "a gain of 6.2% in the Russell 2000",
    ]
    assert words(text, tags, "cue") == ["said", "added", "expects"]
    assert words(text, tags, "source") == ["Ann Lee, chief strategist at Harbor Pine", "she", "Tern Hollow"]
    assert words(text, tags, "person") == ["Ann Lee"]
    assert words(text, tags, "organization") == ["Harbor Pine", "Tern Hollow"]


LINKS = [
    # content, part, what belongs to it
    ("small caps will", "cue", "said"),
    ("small caps will", "person", "Ann Lee"),
    ("small caps will", "organization", "Harbor Pine"),
    ("We would sell", "source", "she"),
    ("We would sell", "person", "Ann Lee"),
    ("a gain of", "cue", "expects"),
    ("a gain of", "organization", "Tern Hollow"),
    ("a gain of", "person", None),
]


@pytest.mark.parametrize(("said", "part", "wanted"), LINKS)
def test_a_content_is_tied_to_what_belongs_to_it(
    said: str, part: str, wanted: str | None, tagged: tuple[str, Tags]
) -> None:
    text, tags = tagged
    (content,) = (tag.span for tag in tags.found["content"] if text[slice(*tag.span)].startswith(said))
    link = tags.link([content], part)  # type: ignore[arg-type]
    assert (text[slice(*link.span)] if link else None) == wanted


def test_chances_are_means_over_the_words(tagged: tuple[str, Tags]) -> None:
    _, tags = tagged
    content = tags.found["content"][0].span
    assert tags.chance("content", content) > 0.99
    assert tags.chance("cue", content) < 0.01
    assert tags.chance("content", type(content)(0, 0)) == 0.0


# --- decoding -------------------------------------------------------------------------------------------------

LOGITS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 5), st.sampled_from([3, 5])), elements=st.floats(-4, 4, width=16)
)


def allowed(path: tuple[int, ...]) -> bool:
    """Whether every inside follows a beginning or an inside of its kind."""
    for before, state in zip((0, *path), path, strict=False):
        if state and state % 2 == 0 and before not in (state, state - 1):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(logits=LOGITS)
def test_the_spans_are_those_of_the_likeliest_allowed_sequence(logits: np.ndarray) -> None:
    score = lambda path: sum(logits[i, state] for i, state in enumerate(path))  # noqa: E731
    paths = [p for p in product(range(logits.shape[1]), repeat=len(logits)) if allowed(p)]
    best = max(map(score, paths))
    found = runs(logits)
    path = [0] * len(logits)
    for kind, first, last in found:
        path[first:last] = [1 + 2 * kind, *[2 + 2 * kind] * (last - first - 1)]
    assert score(tuple(path)) == pytest.approx(best)


def test_nothing_gives_nothing() -> None:
    assert runs(np.zeros((0, 3))) == []


@settings(max_examples=20, deadline=None)
@given(labels=arrays.arrays(np.float64, (4, WIDTH), elements=st.floats(-30, 30)))
def test_chances_of_each_group_sum_to_one(labels: np.ndarray) -> None:
    for group, part in chances(labels).items():
        assert part.shape == (4, LABELS[group])
        assert np.allclose(np.exp(part).sum(axis=1), 1)


def test_there_is_a_group_for_every_kind() -> None:
    assert sorted(kind for kinds in GROUPS.values() for kind in kinds) == [
        "content",
        "cue",
        "organization",
        "person",
        "source",
    ]
