"""The voice: the few words that the model is told of who speaks."""

from __future__ import annotations

import pytest

from narrative.read.encoder import Pair, load_reader, pair_inputs
from narrative.read.voice import voice

ROWS = [
    ("Ann Lee", "Chief Economist", "Citi", "chief economist, bank", "a known house is its kind"),
    (None, "Governor", "Federal Reserve", "governor, central bank", "so is a public body"),
    ("Ann Lee", None, "Microsoft", "company", "and a listed company"),
    ("Ann Lee", "analyst", "Harbor Pine", "analyst, harbor pine", "an unknown house keeps its name"),
    ("Ann Lee", None, None, "person", "a bare name says no more"),
    (None, "analysts", None, "analysts", "unnamed people have a title"),
    (None, None, None, "", "nobody is nothing"),
]


@pytest.mark.parametrize(("speaker", "title", "firm", "words", "why"), ROWS, ids=[row[-1] for row in ROWS])
def test_who_speaks_in_a_few_words(
    speaker: str | None, title: str | None, firm: str | None, words: str, why: str
) -> None:
    assert voice(speaker, title, firm) == words, why


def test_the_voice_stands_behind_the_target_and_takes_no_room_when_there_is_none() -> None:
    tokenizer = load_reader().tokenizer
    plain = pair_inputs(Pair("small caps", "They lag."), tokenizer)
    told = pair_inputs(Pair("small caps", "They lag.", voice="governor, central bank"), tokenizer)
    words = tokenizer.encode("governor, central bank", add_special_tokens=False).ids
    place = 1 + len(tokenizer.encode("small caps", add_special_tokens=False).ids)
    assert told.ids[:place] == plain.ids[:place]
    assert told.ids[place + 1 : place + 1 + len(words)] == words
    assert told.ids[place + 1 + len(words) :] == plain.ids[place:]
    assert len(told.ids) == len(told.types) == len(told.names)
