"""What makes an extracted text doubtful, in words: checks that compare it with the page's other words for itself.

None of them needs tuning to pages: a text may not repeat itself, nor lack what the page states to machines or prints
in its own paragraphs, nor be twice as long as both of these say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrative.read.containers import Running, missing
from narrative.read.metadata import PageFacts
from narrative.read.repeats import repeated_share

_REPEATED = 0.2  # of the eight-word shingles
_LOST = 1 / 3  # of the words that a witness has
_FEW = 60  # words that may be lost, or too many, without a doubt
_WITNESS = 120  # words from which the page's own words for itself are a witness
_AGREE = 0.8  # the shorter of two witnesses against the longer
_SHORT = 40  # words: hardly an article
_TAG = re.compile(r"<[^>]{1,200}>")
_GLUE = re.compile(r"(?<=[a-z0-9%)”\"][.!?])(?=[A-Z“][a-z])")  # "…and accessories.Amazon says"


def text_doubts(text: str, facts: PageFacts | None = None, own: Running | None = None) -> tuple[str, ...]:
    """Return the doubts about a text, each a kind, a colon and the reason.

    `repeats`: it prints the same words again. `text_lost`: it lacks much of what the page states or prints.
    `text_extra`: the page states and prints half as much. `short`: hardly an article.
    """
    count = len(text.split())
    out = []
    if (share := repeated_share(text)) > _REPEATED:
        out.append(f"repeats: {share:.0%} of its eight-word stretches stand in it twice")
    if facts is not None and own is not None:
        gone = lost(text, facts, own)
        out += [f"text_lost: {gone}"] if gone else []
        shorter, longer = sorted((_count(stated(facts)), _count(own.paragraphs)))
        if not gone and shorter >= max(_WITNESS, _AGREE * longer) and count > 2 * longer:
            out.append(f"text_extra: {count} words where the page states and prints {longer}")
    if count < _SHORT:
        out.append(f"short: {count} words")
    return tuple(out)


def lost(text: str, facts: PageFacts, own: Running) -> str:
    """Say what a text lacks of the page's own words for itself, "" when it has nearly all of them.

    The witnesses are the body that the page states to machines and the paragraphs that it prints, if long enough.
    """
    for paragraphs, verb in ((stated(facts), "states as its body"), (own.paragraphs, "prints as paragraphs")):
        total, gone = _count(paragraphs), missing(paragraphs, text)
        if total >= _WITNESS and gone > max(_FEW, _LOST * total):
            return f"{gone} of the {total} words that the page {verb} are not in the text"
    return ""


def stated(facts: PageFacts) -> tuple[str, ...]:
    """The body that a page states to machines as paragraphs: tags out, glued paragraphs cut."""
    lines = _GLUE.sub("\n", _TAG.sub("\n", facts.body)).splitlines()
    return tuple(" ".join(line.split()) for line in lines if line.strip())


def _count(paragraphs: Sequence[str]) -> int:
    return sum(len(paragraph.split()) for paragraph in paragraphs)
