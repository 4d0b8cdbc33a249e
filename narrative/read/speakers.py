"""Who speaks, decided over the whole article: pronouns, surnames, "the strategist", "the bank", "they wrote".

The attributions are walked in order with a memory of who spoke; each source phrase is resolved against that and against the cast.
Every decision is kept in words, so that `narrative why` can show it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from narrative.read.cast import Cast
from narrative.read.claim import Attribution
from narrative.read.sources import Source
from narrative.read.vocabulary import words as word_list
from narrative.terms import Span

_NEAR_REPORT = 4  # passages: how far back quoted words of bare "analysts" reach for the report being quoted
_NEAR_NAME = 400  # characters: how far back "he" reaches for somebody who has not spoken
_HONORIFIC = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Sir|Prof)\.?\s")
_OF_THE_FIRM = re.compile(
    r"(?i)(?:its|their)\s|.*\b(?:firm|bank|house|broker|brokerage|company|group|fund|agency|lender|consultancy)[’']s\s"
)
#: "his team", "her colleagues": those of the house of the person who spoke
_OF_THE_PERSON = re.compile(r"(?i)(?:his|her)\s")
#: a service that gathers other people's forecasts is not the company that "it" goes on about
_POLLED = re.compile(
    r"(?i)\b(?:analysts?|economists?|strategists?|Wall Street|consensus|estimates?)\b[^.;]{0,80}\b(?:expected|looked for|forecast|polled|surveyed|according to|compiled|gathered|estimates?|consensus)\b|\b(?:polled|surveyed) by\b"
)
_ANY_TITLE = ("manager", "executive", "investor", "veteran")
_HE = ("he", "his", "him")
_SHE = ("she", "her")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a statement is attributed to; all None for an unnamed source. `path` says how that was found."""

    name: str | None = None
    title: str | None = None
    firm: str | None = None
    path: tuple[str, ...] = ()


@dataclass(slots=True)
class _Memory:
    """Who has spoken so far in the walk over the article."""

    text: str
    last: Speaker | None = None
    people: list[tuple[Speaker, int]] = field(default_factory=list)  # with the passage they spoke in
    house: Speaker | None = None
    house_passage: int = -99
    house_at: int = -1  # offset of the source phrase that named it

    @property
    def person(self) -> Speaker | None:
        """The person who spoke last."""
        return self.people[-1][0] if self.people else None

    def keep(self, attribution: Attribution, speaker: Speaker) -> None:
        """Remember who has just spoken."""
        if speaker.name or speaker.firm or not attribution.continues:
            self.last = speaker
        if speaker.name:
            self.people.append((speaker, attribution.passage))
        if speaker.firm and not _POLLED.search(self.text[slice(*attribution.segment)]):
            self.house = speaker if not speaker.name else Speaker(None, None, speaker.firm)
            self.house_passage = attribution.passage
            self.house_at = attribution.source.span.start if attribution.source else attribution.segment.start


def speakers(attributions: Sequence[Attribution], cast: Cast) -> list[Speaker]:
    """Resolve the source of each attribution, in order. Same length as `attributions`."""
    memory = _Memory(cast.text)
    out: list[Speaker] = []
    for attribution in attributions:
        speaker = _tied(_speaker(attribution, cast, memory), attribution, cast)
        out.append(speaker)
        memory.keep(attribution, speaker)
    return [
        _of_the_body(speaker, a, out) if a.passage == 0 else speaker
        for a, speaker in zip(attributions, out, strict=True)
    ]


def _of_the_body(speaker: Speaker, attribution: Attribution, found: Sequence[Speaker]) -> Speaker:
    """Give "strategist says" in a headline the one strategist whom the article quotes."""
    source = attribution.source
    if (
        speaker.name
        or speaker.firm
        or source is None
        or source.kind != "role"
        or source.plural
        or not speaker.title
    ):
        return speaker
    held = speaker.title.lower().split()[-1]
    named = {s.name: s for s in found if s.name and (s.title is None or held in s.title.lower())}
    if len(named) != 1:
        return speaker
    one = next(iter(named.values()))
    return _echo(one, f"{speaker.title!r} in the headline is {one.name}, whom the article quotes")


def _tied(speaker: Speaker, attribution: Attribution, cast: Cast) -> Speaker:
    """Let what the model ties to the content say who "she" and "the strategist" are, and fill what the rules left open.

    A source that names somebody stands as it is: the words of the article are surer than any tie.
    """
    name = cast.named_at(attribution.speaker, "person")
    firm = cast.named_at(attribution.house, "firm")
    kind = attribution.source.kind if attribution.source else None
    leans = kind not in ("person", "firm")
    if name and name != speaker.name and leans and (speaker.name or not speaker.firm):
        why = f"the model ties the words to {name}"
        speaker = Speaker(name, cast.titles.get(name), firm or cast.homes.get(name), (why, *speaker.path[:1]))
    elif name and speaker.name is None and kind is not None and kind != "firm":
        path = (*speaker.path, f"the model ties the words to {name}")
        speaker = replace(speaker, name=name, title=speaker.title or cast.titles.get(name), path=path)
    if firm and speaker.firm is None:
        speaker = replace(speaker, firm=firm, path=(*speaker.path, f"the model ties the words to {firm}"))
    return speaker


def _speaker(attribution: Attribution, cast: Cast, memory: _Memory) -> Speaker:
    source = attribution.source
    if attribution.continues or attribution.same_source or source is None:
        return (
            _echo(memory.last, "goes on with the speaker before")
            if memory.last
            else _interviewed(cast, memory)
        )
    words = cast.text[source.span.start : source.span.end]
    if source.kind == "person" and source.person is not None:
        return _person(source, source.person, cast, words)
    if source.kind == "name":
        return _unlisted(source, cast, words)
    if source.firm is not None or source.kind == "firm":
        return _house(source, cast, memory, words)
    if source.kind == "pronoun":
        return _pronoun(source, attribution, cast, memory, words)
    return _noun(source, attribution, cast, memory, words)


# --- named sources --------------------------------------------------------------------------------------------


def _person(source: Source, person: Span, cast: Cast, words: str) -> Speaker:
    name, here = cast.person_at(person), cast.text[person.start : person.end]
    path = [f"{words!r} names the speaker"]
    if here != name:
        path.append(f"{here!r} is {name!r}, introduced elsewhere in the article")
    title = cast.text[slice(*source.title)] if source.title else cast.titles.get(name)
    firm = cast.home_of(name, cast.firm_at(source.firm))
    if firm and source.firm is None:
        path.append(f"the article places {name} at {firm}")
    return Speaker(name, title, firm, tuple(path))


def _known(name: str, cast: Cast, *path: str) -> Speaker:
    return Speaker(name, cast.titles.get(name), cast.homes.get(name), path)


def _unlisted(source: Source, cast: Cast, words: str) -> Speaker:
    """A capitalised name beside a cue that no list knows: a surname of somebody introduced, else a name as written."""
    name = _HONORIFIC.sub("", cast.text[slice(*source.head)])
    if full := cast.full_name(name):
        return _known(full, cast, f"{words!r} is {full!r}, introduced elsewhere in the article")
    for firm in dict.fromkeys(cast.firms.values()):
        if firm.split()[0] == name.split()[0]:
            return Speaker(
                None, None, firm, (f"{words!r} is the firm {firm}, named elsewhere in the article",)
            )
    if len(name.split()) > 1 or "&" in name:
        # People are found by shape beside a title or a cue; what is left of two words and more is a house.
        return Speaker(None, None, name, (f"{words!r} names the firm {name}",))
    titled = _HONORIFIC.match(cast.text[slice(*source.head)])
    if titled or source.firm:
        return Speaker(name, None, cast.firm_at(source.firm), (f"{words!r} names the speaker",))
    if name in word_list("places", "names"):
        return Speaker(path=(f"{words!r} names a place and nobody",))
    return Speaker(None, None, name, (f"{words!r} is a single name that no person in the article bears",))


def _house(source: Source, cast: Cast, memory: _Memory, words: str) -> Speaker:
    firm = cast.firm_at(source.firm or source.head)
    person = memory.person
    one = source.kind == "role" and source.definite and not source.plural
    if one and person and person.firm == firm:
        return _echo(person, f"{words!r} is {person.name}, who spoke for {firm}")
    title = cast.text[slice(*source.title)] if source.title else None
    for name, held in cast.titles.items():
        if one and title and cast.homes.get(name) == firm and held.lower().endswith(title.lower()):
            return _known(name, cast, f"{words!r} is {name}, who has that title at {firm}")
    return Speaker(None, title, firm, (f"{words!r} names the firm {firm}",))


# --- pronouns -------------------------------------------------------------------------------------------------


def _pronoun(source: Source, attribution: Attribution, cast: Cast, memory: _Memory, words: str) -> Speaker:
    pronoun = cast.text[slice(*source.head)].lower()
    if pronoun in (*_HE, *_SHE):
        return _he_or_she("he" if pronoun in _HE else "she", source, attribution, cast, memory, words)
    if pronoun in ("they", "their") and memory.last and (memory.last.firm or memory.last.name):
        return _echo(memory.last, f"{words!r} is the source that spoke last")
    if pronoun in ("it", "its") and (firm := _firm_in_focus(source, cast, memory)):
        return Speaker(None, None, firm, (f"{words!r} is the firm spoken of, {firm}",))
    return Speaker(path=(f"{words!r} has nobody to stand for",))


def _he_or_she(
    gender: str, source: Source, attribution: Attribution, cast: Cast, memory: _Memory, words: str
) -> Speaker:
    """The last person who spoke in this passage, else somebody named before in it, else the last who spoke at all."""
    spoke = [(s, at) for s, at in memory.people if cast.genders.get(s.name or "", gender) == gender]
    if spoke and spoke[-1][1] == attribution.passage:
        return _echo(spoke[-1][0], f"{words!r} is the last person who spoke")
    start = cast.text.rfind("\n", 0, source.head.start) + 1
    if new := _named_before(gender, start, source, attribution, cast):
        return _known(new, cast, f"{words!r} is {new}, named before in the same paragraph")
    if spoke:
        return _echo(spoke[-1][0], f"{words!r} is the last person who spoke")
    if new := _named_before(gender, source.head.start - _NEAR_NAME, source, attribution, cast):
        return _known(new, cast, f"{words!r} is {new}, the person named before")
    return Speaker(path=(f"{words!r} has nobody to stand for",))


def _named_before(
    gender: str, start: int, source: Source, attribution: Attribution, cast: Cast
) -> str | None:
    """The nearest person between `start` and the pronoun who is not named inside its own quotation; owners come last."""
    near = [
        (span not in cast.possessed, span)
        for span, name in cast.people.items()
        if start <= span.start < source.head.start
        and cast.genders.get(name, gender) == gender
        and not any(said.start <= span.start < said.end for said in attribution.content)
    ]
    return cast.people[max(near)[1]] if near else None


def _firm_in_focus(source: Source, cast: Cast, memory: _Memory) -> str | None:
    """What "it" and "the bank" stand for: the firm that opened a sentence or spoke last, whichever came later."""
    spoken = [(memory.house_at, memory.house.firm)] if memory.house and memory.house.firm else []
    opened = [(at, firm) for at, firm in cast.subjects if at < source.span.start]
    return max([*spoken, *opened])[1] if spoken or opened else None


# --- nouns ----------------------------------------------------------------------------------------------------


def _noun(source: Source, attribution: Attribution, cast: Cast, memory: _Memory, words: str) -> Speaker:
    """ "the strategist", "the bank", "the report", "analysts": a noun that stands for somebody named before, or for nobody."""
    head = cast.text[slice(*source.head)]
    title = head if source.kind == "role" else None
    if words in ("A", "A."):
        return _interviewed(cast, memory)
    if _OF_THE_FIRM.match(words) and (
        firm := _firm_in_focus(source, cast, memory) or cast.firm_before(source.span.start)
    ):
        return Speaker(None, title, firm, (f"{words!r} is of the firm named before, {firm}",))
    if _OF_THE_PERSON.match(words):
        return _of_the_person(title, source, attribution, cast, memory)
    if source.definite and source.kind == "role" and not source.plural:
        for person, _ in reversed(memory.people):
            if _fits(head, person, cast):
                return _echo(person, f"{words!r} is the last person who spoke with that title")
    if source.definite and source.kind == "house" and (firm := _firm_in_focus(source, cast, memory)):
        return Speaker(None, None, firm, (f"{words!r} is the firm spoken of, {firm}",))
    if source.definite and source.kind == "paper" and memory.house:
        return Speaker(None, None, memory.house.firm, (f"{words!r} is that of the firm that spoke last",))
    return _several(source, attribution, cast, memory, words)


def _of_the_person(
    title: str | None, source: Source, attribution: Attribution, cast: Cast, memory: _Memory
) -> Speaker:
    """ "his team": the house of the person, who is not said to speak himself."""
    words = cast.text[source.span.start : source.span.end]
    one = _he_or_she(
        "he" if words.split()[0].lower() in _HE else "she", source, attribution, cast, memory, words
    )
    if one.firm is None:
        return Speaker(None, title, None, (f"{words!r} is unnamed",))
    return Speaker(None, title, one.firm, (f"{words!r} is of {one.firm}, the house of {one.name}",))


def _several(source: Source, attribution: Attribution, cast: Cast, memory: _Memory, words: str) -> Speaker:
    """ "the analysts", "the authors": those of the report; bare "analysts" too when their words are quoted right behind it."""
    head = cast.text[slice(*source.head)]
    title = head if source.kind == "role" else None
    near = attribution.passage - memory.house_passage <= _NEAR_REPORT
    if not (source.plural and near and memory.house):
        return Speaker(None, title, None, (f"{words!r} is unnamed",))
    firm = memory.house.firm
    if source.definite:
        return Speaker(None, title, firm, (f"{words!r} are those of the firm that spoke last, {firm}",))
    if source.kind == "role" and len(words.split()) == 1 and _quotes_somebody(attribution, cast):
        return Speaker(
            None, head, firm, (f"{words!r} are quoted, and the report being quoted is that of {firm}",)
        )
    return Speaker(None, title, None, (f"{words!r} is unnamed",))


def _interviewed(cast: Cast, memory: _Memory) -> Speaker:
    """The answers of a questions-and-answers piece are those of the one person it is with."""
    name = memory.person.name if memory.person else cast.people[min(cast.people)] if cast.people else None
    if name is None:
        return Speaker(path=("nobody is named",))
    return _known(name, cast, "the answers are those of the person interviewed")


def _fits(head: str, person: Speaker, cast: Cast) -> bool:
    """Whether "the strategist" can be this person: their title holds the noun, or none is known."""
    title = person.title or cast.titles.get(person.name or "")
    if title is None:
        return not head.lower().startswith(
            "co-"
        )  # a shared post is told of one person; anybody may be "the strategist"
    return head.lower() in title.lower() or head.lower() in _ANY_TITLE


def _quotes_somebody(attribution: Attribution, cast: Cast) -> bool:
    return "direct" in attribution.modes or any(
        mark in cast.text[s:e] for s, e in attribution.content for mark in '“"”'
    )


def _echo(speaker: Speaker, why: str) -> Speaker:
    return replace(speaker, path=(why, *speaker.path[:1]))
