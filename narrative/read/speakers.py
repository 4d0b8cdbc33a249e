"""Who speaks, decided over the whole article: pronouns, surnames, "the strategist", "the bank", "they wrote".

The first pass collects what the article says of each person and firm wherever it introduces them; the second walks the
attributions in order, keeps who spoke last, and resolves each source phrase against that. Every decision is kept in words, so that
`narrative why` can show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from narrative.read.attribution import Attribution
from narrative.read.segments import Segment
from narrative.read.sources import Source, identity
from narrative.terms import Mention, Span

_NEAR_REPORT = 4  # passages: how far back quoted words of bare "analysts" reach for the report being quoted


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a statement is attributed to; all None for an unnamed source. `path` says how that was found."""

    name: str | None = None
    title: str | None = None
    firm: str | None = None
    path: tuple[str, ...] = ()


@dataclass(slots=True)
class Cast:
    """The people and firms of one article and what it says of them."""

    text: str
    firms: dict[Span, str]
    people: dict[Span, str]
    titles: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)

    def firm_at(self, span: Span | None) -> str | None:
        """Canonical name of the firm mentioned at `span`, as written when it is not known."""
        if span is None:
            return None
        for mention, key in self.firms.items():
            if mention.start < span.end and span.start < mention.end:
                return key
        return re.sub(r"[’']s?$", "", self.text[span.start : span.end])

    def person_at(self, span: Span) -> str:
        """Full name of the person mentioned at `span`."""
        return self.people.get(span) or self.text[span.start : span.end]


def cast_of(text: str, segments: Iterable[Segment], mentions: Sequence[Mention]) -> Cast:
    """Collect title and firm of every person from wherever the article gives them; the first word on each counts."""
    cast = Cast(
        text,
        {m.span: m.key for m in mentions if m.kind == "firm"},
        {m.span: m.key for m in mentions if m.kind == "person"},
    )
    for segment in segments:
        offset = segment.span.start
        for span, name in cast.people.items():
            if not segment.span.start <= span.start < segment.span.end:
                continue
            _, _, title, firm = identity(
                segment.mask, span.start - offset, span.end - offset, len(segment.mask)
            )
            if title:
                cast.titles.setdefault(name, text[title[0] + offset : title[1] + offset])
            if firm and (home := cast.firm_at(Span(firm[0] + offset, firm[1] + offset))):
                cast.homes.setdefault(name, home)
    return cast


@dataclass(slots=True)
class _Stage:
    """Who has spoken so far in the walk over the article."""

    last: Speaker | None = None
    person: Speaker | None = None
    house: Speaker | None = None
    house_passage: int = -99
    person_passage: int = -99


def speakers(attributions: Sequence[Attribution], cast: Cast) -> list[Speaker]:
    """Resolve the source of each attribution, in order. Same length as `attributions`."""
    stage = _Stage()
    out: list[Speaker] = []
    for attribution in attributions:
        speaker = _speaker(attribution, cast, stage)
        out.append(speaker)
        stage.last = speaker if speaker.name or speaker.firm or not attribution.continues else stage.last
        if speaker.name:
            stage.person, stage.person_passage = speaker, attribution.passage
        if speaker.firm and not speaker.name:
            stage.house, stage.house_passage = speaker, attribution.passage
        elif speaker.firm:
            stage.house, stage.house_passage = Speaker(None, None, speaker.firm), attribution.passage
    return out


def _speaker(attribution: Attribution, cast: Cast, stage: _Stage) -> Speaker:
    source = attribution.source
    if attribution.continues or attribution.same_source or source is None:
        return (
            _echo(stage.last, "goes on with the speaker before")
            if stage.last
            else Speaker(path=("no source",))
        )
    words = cast.text[source.span.start : source.span.end]
    if source.kind == "person" and source.person is not None:
        return _person(source, cast, words)
    if source.kind == "name":
        return _unlisted(source, cast, words)
    if source.firm is not None or source.kind == "firm":
        return _house(source, cast, stage, words)
    if source.kind == "pronoun":
        return _pronoun(source, attribution, cast, stage, words)
    return _noun(source, attribution, cast, stage, words)


def _person(source: Source, cast: Cast, words: str) -> Speaker:
    assert source.person is not None
    name = cast.person_at(source.person)
    here = cast.text[source.person.start : source.person.end]
    path = [f"{words!r} names the speaker"]
    if here != name:
        path.append(f"{here!r} is {name!r}, introduced elsewhere in the article")
    title = cast.text[slice(*source.title)] if source.title else cast.titles.get(name)
    firm = cast.firm_at(source.firm) or cast.homes.get(name)
    if firm is None and (firm := _implied_home(source, title, cast, words)):
        path.append(f"{title or words!r} is of the firm named before, {firm}")
        cast.homes[name] = firm
    elif firm and source.firm is None:
        path.append(f"the article places {name} at {firm}")
    return Speaker(name, title, firm, tuple(path))


_OFFICER = re.compile(
    r"(?i)\b(?:chief executive|finance chief|chief financial|CEO|CFO|COO|president|chairman|chairwoman|operating chief|founder)"
)
_THE_FIRM = re.compile(
    r"(?i)\b(?:the|its|their)\s(?:same\s)?(?:firm|bank|company|broker|house|group|fund|lender|retailer|maker)[’']s\b"
)


def _implied_home(source: Source, title: str | None, cast: Cast, words: str) -> str | None:
    """ "the firm's investment chief", "finance chief Ann Lee": the firm named last before."""
    if not (_THE_FIRM.search(words) or (title and _OFFICER.search(title))):
        return None
    return _last_firm(source, cast)


def _last_firm(source: Source, cast: Cast) -> str | None:
    before = [(span, key) for span, key in cast.firms.items() if span.end <= source.span.start]
    return max(before)[1] if before else None


def _first_person(cast: Cast) -> Speaker | None:
    if not cast.people:
        return None
    name = cast.people[min(cast.people)]
    return Speaker(name, cast.titles.get(name), cast.homes.get(name))


def _unlisted(source: Source, cast: Cast, words: str) -> Speaker:
    """A capitalised name beside a cue that no list knows: a surname of somebody introduced, else a name as written."""
    name = re.sub(r"^(?:Mr|Mrs|Ms|Dr|Sir|Prof)\.?\s", "", cast.text[slice(*source.head)])
    for full in dict.fromkeys(cast.people.values()):
        initials = "".join(part[0] for part in re.findall(r"\w+", full))
        if full.split()[-1].lower() == name.split()[-1].lower() or initials == name:
            return Speaker(
                full,
                cast.titles.get(full),
                cast.homes.get(full),
                (f"{words!r} is {full!r}, introduced elsewhere in the article",),
            )
    for firm in dict.fromkeys(cast.firms.values()):
        if firm.split()[0] == name.split()[0]:
            return Speaker(
                None, None, firm, (f"{words!r} is the firm {firm}, named elsewhere in the article",)
            )
    if len(name.split()) > 1 or "&" in name:
        # People are found by shape beside a title or a cue; what is left of two words and more is a house.
        return Speaker(None, None, name, (f"{words!r} names the firm {name}",))
    return Speaker(name, None, cast.firm_at(source.firm), (f"{words!r} names the speaker",))


def _house(source: Source, cast: Cast, stage: _Stage, words: str) -> Speaker:
    firm = cast.firm_at(source.firm or source.head)
    if (
        source.kind == "role"
        and source.definite
        and not source.plural
        and stage.person
        and stage.person.firm == firm
    ):
        return _echo(stage.person, f"{words!r} is {stage.person.name}, who spoke for {firm}")
    title = cast.text[slice(*source.title)] if source.title else None
    return Speaker(None, title, firm, (f"{words!r} names the firm {firm}",))


def _pronoun(source: Source, attribution: Attribution, cast: Cast, stage: _Stage, words: str) -> Speaker:
    pronoun = cast.text[slice(*source.head)].lower()
    if (
        pronoun in ("he", "she")
        and stage.person_passage != attribution.passage
        and (new := _newcomer(attribution, source, cast, stage))
    ):
        return new
    if pronoun in ("he", "she", "who", "his", "her") and stage.person:
        return _echo(stage.person, f"{words!r} is the last person who spoke")
    if pronoun in ("they", "their") and stage.last and (stage.last.firm or stage.last.name):
        return _echo(stage.last, f"{words!r} is the source that spoke last")
    if pronoun in ("it", "its") and stage.house:
        return _echo(Speaker(None, None, stage.house.firm), f"{words!r} is the firm that spoke last")
    if pronoun in ("he", "she") and (nearest := _nearest_person(source, cast)):
        return replace(nearest, path=(f"{words!r} is the person named before", *nearest.path))
    return Speaker(path=(f"{words!r} has nobody to stand for",))


def _newcomer(attribution: Attribution, source: Source, cast: Cast, stage: _Stage) -> Speaker | None:
    """Somebody named earlier in the pronoun's own line, when nobody has spoken in it yet: "Macrae was guarded. ..., he said"."""
    start = cast.text.rfind("\n", 0, source.head.start) + 1
    quoted = [
        span for span, mode in zip(attribution.content, attribution.modes, strict=True) if mode == "direct"
    ]
    for span, name in sorted(cast.people.items(), reverse=True):
        if start <= span.start < source.head.start and not any(q.start <= span.start < q.end for q in quoted):
            if stage.person and stage.person.name == name:
                return None
            path = (f"{cast.text[slice(*source.head)]!r} is {name}, named before in the same paragraph",)
            return Speaker(name, cast.titles.get(name), cast.homes.get(name), path)
    return None


def _nearest_person(source: Source, cast: Cast) -> Speaker | None:
    before = [
        (span, name)
        for span, name in cast.people.items()
        if span.end <= source.head.start and source.head.start - span.end < 400
    ]
    if not before:
        return None
    name = max(before)[1]
    return Speaker(name, cast.titles.get(name), cast.homes.get(name))


def _noun(source: Source, attribution: Attribution, cast: Cast, stage: _Stage, words: str) -> Speaker:
    """ "the strategist", "the bank", "the report", "analysts": a noun that stands for somebody named before, or for nobody."""
    head = cast.text[slice(*source.head)]
    title = head if source.kind == "role" else None
    near = attribution.passage - stage.house_passage <= _NEAR_REPORT
    if words in ("A", "A."):  # the answers of a questions-and-answers piece
        only = stage.person or _first_person(cast)
        return (
            _echo(only, "the answers are those of the person interviewed")
            if only
            else Speaker(path=("nobody is named",))
        )
    if re.match(r"(?i)(?:its|their)\s|.*\b(?:firm|bank|house|broker|company|group|fund)[’']s\s", words) and (
        firm := _last_firm(source, cast)
    ):
        return Speaker(None, title, firm, (f"{words!r} is of the firm named before, {firm}",))
    if (
        source.definite
        and source.kind == "role"
        and not source.plural
        and stage.person
        and _fits(head, stage.person, cast)
    ):
        return _echo(stage.person, f"{words!r} is the last person who spoke")
    if source.definite and source.kind in ("house", "paper") and stage.house:
        return _echo(Speaker(None, None, stage.house.firm), f"{words!r} is that of the firm that spoke last")
    if source.definite and source.plural and stage.house and near:
        return _echo(
            Speaker(None, head, stage.house.firm), f"{words!r} are those of the firm that spoke last"
        )
    if (
        source.kind == "role"
        and source.plural
        and _quotes_somebody(attribution, cast)
        and near
        and stage.house
        and len(words.split()) == 1
    ):
        # Quoted words have one author: bare "analysts" right after a named report quote that report.
        return Speaker(
            None,
            head,
            stage.house.firm,
            (f"{words!r} are quoted, and the report being quoted is that of {stage.house.firm}",),
        )
    return Speaker(None, title, None, (f"{words!r} is unnamed",))


def _fits(head: str, person: Speaker, cast: Cast) -> bool:
    """Whether "the strategist" can be the person who spoke: their title holds the noun, or none is known."""
    title = person.title or cast.titles.get(person.name or "")
    return (
        title is None
        or head.lower() in title.lower()
        or head.lower() in ("manager", "executive", "investor", "veteran")
    )


def _quotes_somebody(attribution: Attribution, cast: Cast) -> bool:
    return "direct" in attribution.modes or any(
        mark in cast.text[s:e] for s, e in attribution.content for mark in '“"”'
    )


def _echo(speaker: Speaker, why: str) -> Speaker:
    return replace(speaker, path=(why, *speaker.path[:1]))
