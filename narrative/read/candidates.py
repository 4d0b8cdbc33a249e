"""Which targets a statement may be about, and the words that say so.

A target is a candidate when the statement names it, when its sentence does, or when the statement leans on earlier words ("the
group", "the rotation", "they"): then the nearest sentence before it that names one decides. The article's topic alone
makes no candidate, and neither does the speaker's own firm.

What the model has tagged has its say: a target that no words name, but that the statement is likely about, is a candidate,
and one named only by earlier words that the statement is hardly about is none. The stance model is not asked about the
latter: that saves three questions in ten, and of the few views it would find there nearly all are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from narrative.read.encoder import Pair
from narrative.read.gazetteer import gazetteer
from narrative.targets import STOCK, Found, Targets
from narrative.terms import Mention, Passage, Span

_LOOK_BACK = 4  # sentences
_FEW = 3  # targets taken from one antecedent sentence
#: chances that a statement is about a target, by the tags: from which one is asked about that no words name; under which one
#: is not that only earlier words name; and from which a company of earlier words is not, for another subject
_ABOUT, _HARDLY, _ABOUT_ANOTHER = 0.7, 0.01, 0.2
_STANDS_FOR = re.compile(
    r"(?i)\b(?:the|this|that|these|those|such|both|either)\s(?:[\w-]+\s){0,1}?(?:group|groups|cohort|asset class|segment|sector|sectors|index|indexes|benchmark|gauge|stocks|shares|names|companies|trade|rally|move"
    r"|rotation|rotations|shift|reversal|breakout|leadership|outperformance|catch-?up|theme|space|area|corner|metal|commodity|currency|selloff|sell-off|bounce|run|ratio|gap|discount|spread|leaders|laggards|winners|losers|latter|former|two|pair|complex)(?:['’]s?)?\b(?!\sof\b)"
)
_LEANS = re.compile(
    r"(?i)\b(?:it|they|them|their|those|ones?|rotations?|repositioning|broadening|outperformance|catch-up|breadth|reversal)\b"
)
#: nouns that keep their meaning through an article: "the rotation" is what the last sentence with that noun was about
_SAME_NOUN = re.compile(
    r"(?i)\b(?:an?|the|this|these|that)\s(?:[\w-]+\s){0,2}?(?P<noun>rotation|reversal|breakout|broadening|ratio)s?\b(?!\s(?:into|out|from|to|away|toward)\b)"
)
_INDEX = re.compile(r"(?i)\bthe (?:index|benchmark|gauge)(?:['’]s)?\b")
_PUBLIC = frozenset({"central_bank", "regulator", "government", "multilateral", "trade_body"})
#: what moves against it is no topic of its own: the model would give it the sign of the words
_MOVES_AGAINST = {"bonds": "interest_rates"}
_MARKET = "broad_market"  # what "the index" means when no index was named before
#: words of a view on one company that need not name it
_RATED = re.compile(
    r"(?i)\b(?:the (?:stock|shares?|company|business|group|maker|lender|bank|retailer|chain)|(?:price )?target|rating|buy|hold|sell|neutral|outperform|underperform"
    r"|(?:market|sector|peer) (?:perform|weight)|equal weight|upgrade|downgrade|margins?|upside|it|its|they|them|this one|a share)\b"
)
#: "analysts at Harbor Pine", "according to Harbor Pine": a firm in its role as a source
_SPEAKS_BEFORE = re.compile(
    r"(?:[Aa]ccording to|\b(?:strategists?|analysts?|economists?|manager|officer|head|team|note|report|survey|poll|data|figures)\s(?:\w+\s){0,3}?(?:at|of|from|by|with)|\bat|\bsaid|\bsays|\bwrote)\s(?:the\s)?$"
)
_SPEAKS_BEHIND = re.compile(
    r"(?:[’']s?)?\s(?:(?:\w+\s){0,2}?(?:strategists?|analysts?|economists?|team)|said|says|wrote|writes|expects|thinks|prefers|argue[sd]?|note[sd]?|reported|calculates|estimates)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target that a statement may judge. `words` name it; `resolved` when they stand outside the statement's sentence."""

    target: str
    words: str
    pair: Pair
    resolved: bool


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    passage: int
    found: tuple[Found, ...]


class Scene:
    """The sentences of one article with the targets each names; made once, asked for every statement."""

    def __init__(
        self, text: str, passages: Sequence[Passage], mentions: Iterable[Mention], targets: Targets
    ) -> None:
        self.text = text
        self.targets = targets
        mentions = list(mentions)
        self.sentences = [
            _Sentence(span, index, _names(text, span, mentions, targets))
            for index, passage in enumerate(passages)
            if passage.kind != "row"
            for span in (passage.sentences or (passage.span,))
        ]

    def candidates(
        self,
        content: Sequence[Span],
        firm: str | None,
        chances: Mapping[str, float] | None = None,
        voice: str = "",
    ) -> list[Candidate]:
        """Return the targets that the statement with these content spans may judge, nearest first.

        `chances` are those that it is about a target, by what the model has tagged: targets it does not know, companies
        among them, are missing. `voice` is who speaks, for the model.
        """
        own = [
            s for s in self.sentences if any(s.span.start < c.end and c.start < s.span.end for c in content)
        ]
        if not own:
            return []
        first = self.sentences.index(own[0])
        inside = _ordered(
            hit for s in own for hit in s.found if any(c.start <= hit.span.start < c.end for c in content)
        )
        around = _ordered(hit for s in own for hit in s.found if not hit.target.startswith(STOCK))
        out = {
            target: self._candidate(target, content, own, hits, None)
            for target, hits in {**inside, **around}.items()
        }
        words = " ".join(self.text[s:e] for s, e in content)
        same = _SAME_NOUN.search(words)
        settled = bool(inside) and self._sets_its_own(inside)
        if not inside or same or _STANDS_FOR.search(words) or (_LEANS.search(words) and not settled):
            noun = same["noun"].lower() if same else None
            for sentence, target, hits in self._antecedents(first, _LOOK_BACK if out else first, noun):
                if target not in out:
                    out[target] = self._candidate(target, content, own, hits, sentence)
        if _INDEX.search(words) and not out:
            out[_MARKET] = self._candidate(_MARKET, content, own, [], None)
        if not any(target.startswith(STOCK) for target in inside) and _RATED.search(words):
            for sentence, target, hits in self._in_focus(first):
                if target not in out:
                    out[target] = self._candidate(target, content, own, hits, sentence)
        chances = chances or {}
        for target, chance in chances.items():
            if chance >= _ABOUT and target not in out and _MOVES_AGAINST.get(target) not in out:
                out[target] = self._candidate(target, content, own, [], None)
        return [
            replace(c, pair=replace(c.pair, voice=voice))
            for c in out.values()
            if not _is_own_firm(c, firm) and not (c.resolved and _is_not_about(c.target, chances))
        ]

    def _sets_its_own(self, inside: dict[str, list[Found]]) -> bool:
        """A statement that names a segment needs no earlier words, whatever "it" it says; a claim or a rate is only a premise."""
        return any(self.targets[target].kind not in ("claim", "rate") for target in inside)

    def _antecedents(
        self, first: int, reach: int, noun: str | None = None
    ) -> Iterator[tuple[_Sentence, str, list[Found]]]:
        """The targets of the nearest earlier sentence that names one; a company before it counts only when it comes first.

        With a `noun`, of the nearest one that holds the noun too, if there is any.
        """
        if noun is not None:
            for sentence in reversed(self.sentences[:first]):
                named = _ordered(hit for hit in sentence.found if not hit.target.startswith(STOCK))
                if named and noun in self.text[sentence.span.start : sentence.span.end].lower():
                    yield from ((sentence, target, named[target]) for target in list(named)[:_FEW])
                    return
        met = False
        for sentence in reversed(self.sentences[max(0, first - reach) : first]):
            named = _ordered(sentence.found)
            wider = [target for target in named if not target.startswith(STOCK)]
            for target in list(wider if met else named)[:_FEW]:
                yield sentence, target, named[target]
            met = met or bool(named)
            if wider:
                return

    def _in_focus(self, first: int) -> Iterator[tuple[_Sentence, str, list[Found]]]:
        """The company that a rating without a name is about: the one named last before, and that of the headline."""
        nearest = (
            s for s in reversed(self.sentences[:first]) if any(h.target.startswith(STOCK) for h in s.found)
        )
        for sentence in (*islice(nearest, 1), *self.sentences[:1]):
            stocks = {t: hits for t, hits in _ordered(sentence.found).items() if t.startswith(STOCK)}
            yield from ((sentence, target, hits) for target, hits in islice(stocks.items(), 1))

    def pair(self, target: str, content: Sequence[Span], voice: str = "") -> Pair:
        """Return the model's input for a target that need not be named near the statement."""
        own = [
            s for s in self.sentences if any(s.span.start < c.end and c.start < s.span.end for c in content)
        ]
        return replace(
            self._candidate(target, content, own or self.sentences[:1], [], None).pair, voice=voice
        )

    def _candidate(
        self,
        target: str,
        content: Sequence[Span],
        own: list[_Sentence],
        hits: list[Found],
        antecedent: _Sentence | None,
    ) -> Candidate:
        """Build the pair: [antecedent or the sentence before], the statement's sentences, [the sentence behind]."""
        index = self.sentences.index(own[0])
        before = antecedent or (
            self.sentences[index - 1]
            if index and self.sentences[index - 1].passage == own[0].passage
            else None
        )
        parts = [*([before.span] if before else []), Span(own[0].span.start, own[-1].span.end)]
        marked = list(hits)
        for sentence in ([before] if before else []) + own:
            marked += [hit for hit in sentence.found if hit.target == target and hit not in marked]
        text, place = _join(self.text, parts)
        said = tuple(span for c in content if (span := place(c)))
        named = tuple(sorted(span for hit in marked if (span := place(hit.span))))
        name = self.targets[target].name
        words = hits[0].words if hits else ""
        return Candidate(target, words, Pair(name, text, said, named), antecedent is not None)


def _ordered(found: Iterable[Found]) -> dict[str, list[Found]]:
    out: dict[str, list[Found]] = {}
    for hit in found:
        out.setdefault(hit.target, []).append(hit)
    return out


def _is_not_about(target: str, chances: Mapping[str, float]) -> bool:
    """Whether a statement is hardly about a target of earlier words; a company has no chance of its own, but rivals."""
    if target.startswith(STOCK):
        return max(chances.values(), default=0.0) >= _ABOUT_ANOTHER
    return chances.get(target, 1.0) < _HARDLY


def _is_own_firm(candidate: Candidate, firm: str | None) -> bool:
    if firm is None or not candidate.target.startswith(STOCK):
        return False
    name = candidate.target[len(STOCK) :].lower()
    return name in firm.lower() or firm.lower() in name or candidate.words.lower() in firm.lower()


def _names(text: str, span: Span, mentions: list[Mention], targets: Targets) -> tuple[Found, ...]:
    """Targets named in one sentence: the vocabulary's words, its tickers, and companies."""
    offset = span.start
    inside = [
        m.span for m in mentions if m.kind in ("firm", "person") and span.start <= m.span.start < span.end
    ]
    found = [
        Found(Span(hit.span.start + offset, hit.span.end + offset), hit.target, hit.words, hit.opposite)
        for hit in targets.find(text[span.start : span.end])
    ]
    # "Corindi Bank", "Ickworth Growth": a word of a name names no segment
    found = [hit for hit in found if not any(_part_of(hit.span, name) for name in inside)]
    # A listed company is mentioned as firm and as ticker: the ticker is the better key.
    for mention in sorted(mentions, key=lambda mention: mention.kind == "firm"):
        if not span.start <= mention.span.start < span.end or any(
            mention.span.touches(hit.span) for hit in found
        ):
            continue
        if _is_source(text, mention):
            continue
        if target := _instrument(mention, targets):
            found.append(Found(mention.span, target, mention.text))
    return tuple(sorted(found, key=lambda hit: hit.span))


def _is_source(text: str, mention: Mention) -> bool:
    """Whether a firm is named as one that speaks, or that somebody works for, and not as a stock."""
    if mention.kind != "firm":
        return False
    before = text[max(0, mention.span.start - 30) : mention.span.start]
    behind = text[mention.span.end : mention.span.end + 40]
    return _SPEAKS_BEFORE.search(before) is not None or _SPEAKS_BEHIND.match(behind) is not None


def _instrument(mention: Mention, targets: Targets) -> str | None:
    if mention.kind in ("ticker", "etf", "index"):
        row = targets.resolve(mention.key)
        if row is not None:
            return row.id
        return f"{STOCK}{mention.key}" if mention.kind == "ticker" else None
    return f"{STOCK}{mention.key}" if mention.kind == "firm" and not _is_public_body(mention.key) else None


@lru_cache(maxsize=4096)
def _is_public_body(name: str) -> bool:
    """Whether a firm of the gazetteer can have no stock: a central bank, an agency, an exchange's index."""
    entry = gazetteer().names.get(" ".join(re.findall(r"[^\W_]+", name.lower())))
    return entry is not None and entry.type in _PUBLIC


def _part_of(span: Span, name: Span) -> bool:
    return name.start <= span.start and span.end <= name.end and span != name


def _join(text: str, parts: list[Span]) -> tuple[str, Callable[[Span], Span | None]]:
    """Join parts of the text with a blank; return it with a function from article spans to spans in the joined text."""
    pieces, starts, at = [], [], 0
    for part in parts:
        starts.append(at)
        pieces.append(text[part.start : part.end])
        at += part.end - part.start + 1

    def place(span: Span) -> Span | None:
        for part, start in zip(parts, starts, strict=True):
            if part.start < span.end and span.start < part.end:
                shift = start - part.start
                return Span(max(span.start, part.start) + shift, min(span.end, part.end) + shift)
        return None

    return " ".join(pieces), place
