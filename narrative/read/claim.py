"""Attribution: the record that local attribution makes and resolution over the article reads."""

from __future__ import annotations

from dataclasses import dataclass

from narrative.read.lexicon import CueClass
from narrative.read.sources import Source
from narrative.terms import Mode, Span


@dataclass(frozen=True, slots=True)
class Attribution:
    """One attributed content inside one passage, speaker not yet resolved.

    `passage` is the index of its passage; `continues` marks a quotation with no attribution of its own, which belongs to the
    attribution before it; `label` is the name in front of a turn of a transcript.
    """

    content: tuple[Span, ...]
    cue: Span | None
    source: Source | None
    passage: int
    segment: Span
    modes: tuple[Mode, ...]  # of each content span
    cls: CueClass | None = None
    continues: bool = False
    same_source: bool = False
    open_ended: bool = False  # a quotation that no mark closes: the next paragraph goes on with it
    label: str | None = None
    speaker: Span | None = None  # the mentions that the model ties to the content, wherever they stand
    house: Span | None = None
