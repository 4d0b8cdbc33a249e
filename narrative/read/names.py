"""Names in an article: people, firms, ticker symbols, indices and funds, each with the one key it goes by.

Local evidence first, passage by passage: the gazetteer, explicit symbols, unlisted firms, people. Then the
article as a whole: surnames, short forms of firms, and doubtful words ("Cascade", "Principal") that a full
name elsewhere vouches for.

A company's name gives two mentions of the same words: the firm, under its name, and its stock, under its
symbol.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from narrative.read.gazetteer import Gazetteer, Hit, gazetteer
from narrative.read.houses import House, houses, short_forms
from narrative.read.named import houses_among, lone_people, with_tags
from narrative.read.people import Person, people, role, speech, surname, surnames
from narrative.read.symbols import Symbol, explicit_symbols
from narrative.read.tags import Tags
from narrative.read.vocabulary import words
from narrative.terms import Article, Mention, MentionKind, Passage, Span

_SENTENCE_START = re.compile(r"(?:[.!?:;•–—]|\A)[\"”’')\]]*\s*[\"“‘(\[]?\s*$")
_STOCK_AFTER = re.compile(
    r"(?:['’]s)?\s(?:shares?|stocks?|ADRs?|CEO|CFO|earnings|results|revenues?|profits?|sales|quarterly|bonds?|dividend)\b"
    r"|\s?\((?:NYSE|NASDAQ|Nasdaq|AMEX|[A-Z]{1,5}(?:\.[A-Z])?\))|\s(?:rose|fell|gained|lost|jumped|climbed|slid|dropped|surged|sank|soared"
    r"|tumbled|plunged|rallied|reported|posted|beat|missed|announced|acquired|said)\b"
)
_STOCK_BEFORE = re.compile(
    r"\b(?:[Ss]hares of|[Ss]tock of|[Ss]takes? in|such as|including|like|rivals?|parent|maker|giants?"
    r"|compan(?:y|ies)|retailers?|chipmakers?|at)\s$"
)
_SHARES = re.compile(r"(?:['’]s)?\s(?:shares|stock)\b|\s?\((?:NYSE|NASDAQ|Nasdaq)")
_LIST_BEFORE = re.compile(r"(?:,(?:\sand)?|\sand|\s&)\s$")
_INDEX_NOT = re.compile(
    r"\s?[:：]\s?[A-Z]|[-‐](?:listed|traded)\b|\s(?:Inc|Global|Ratings|analysts?|economists?|said)\b"
)
_CAPITAL_AFTER = re.compile(r"[ \u00a0](?!(?:Inc|Corp|Co|Ltd|CEO|CFO|ETF|ETFs|I)\b)[A-Z0-9][\w’-]*")
_TAIL_AFTER = re.compile(
    r"[ \u00a0](?:Bank|Capital|Group|Partners|Securities|Management|Trust|Insurance|Financial)\b"
)
_FULL_TRUST = ("central_bank", "regulator", "government", "multilateral")


def names(
    text: str, passages: Sequence[Passage], article: Article, tags: Tags | None = None
) -> tuple[Mention, ...]:
    """Return the mentions in the given passages of `text`, in order of place.

    Keys: a person's full name (for a surname alone, the bearer named before it); a firm's canonical name,
    else the longest form the article gives; a symbol; the canonical name of an index or fund. `article` gives
    the title, whose names vouch too.
    """
    known = gazetteer()
    finds = [known.find(text, *passage.span) for passage in passages]
    vouched = _vouched(
        [*(hit for hits in finds for hit in hits), *known.find(article.title, 0, len(article.title))]
    )
    out: list[Mention] = []
    found_houses: list[House] = []
    found_people: list[Person] = []
    for passage, hits in zip(passages, finds, strict=True):
        symbols = explicit_symbols(text, *passage.span, known, hits)
        accepted = _accepted(text, passage, hits, symbols, vouched)
        out += _listed(text, accepted, symbols)
        taken = [*(hit.span for hit in accepted), *(symbol.span for symbol in symbols)]
        headline = _is_headline(text, passage)
        own = houses(text, passage, taken, headline)
        persons = people(text, passage, [*taken, *(house.span for house in own)], headline)
        if tags is not None:
            own, persons = with_tags(text, passage, taken, own, persons, tags)
        found_houses += own
        found_people += persons
    out += _resolved(text, passages, found_houses, found_people, [mention.span for mention in out])
    if tags is not None:
        lone = lone_people(text, passages, [mention.span for mention in out], tags)
        out += [Mention("person", p.span, text[slice(*p.span)], p.name) for p in lone]
    out += _funds_again(text, passages, known, out)
    return tuple(sorted(set(out), key=lambda m: (m.span, m.kind, m.key)))


# --- the gazetteer's finds -------------------------------------------------------------------------------


def _vouched(hits: Sequence[Hit]) -> frozenset[str]:
    """Keys that the article names in a way that leaves no doubt, its title included."""
    return frozenset(
        hit.entry.key for hit in hits if hit.legal or (not hit.entry.doubt and hit.entry.kind != "index")
    )


def _accepted(
    text: str, passage: Passage, hits: list[Hit], symbols: list[Symbol], vouched: frozenset[str]
) -> list[Hit]:
    out: list[Hit] = []
    headline = _is_headline(text, passage)
    inside = [symbol.span for symbol in symbols]
    for hit in hits:
        if any(span.start <= hit.span.start and hit.span.end <= span.end for span in inside):
            continue
        listed = bool(out) and bool(_LIST_BEFORE.search(text[out[-1].span.end : hit.span.start]))
        if _is_meant(text, passage, hit, headline, listed, vouched):
            out.append(hit)
    return out


def _is_meant(
    text: str, passage: Passage, hit: Hit, headline: bool, listed: bool, vouched: frozenset[str]
) -> bool:
    """Whether words that look like a known name are meant as that name."""
    entry, (start, end) = hit.entry, hit.span
    before, after = (
        text[max(passage.span.start, start - 80) : start],
        text[end : min(passage.span.end, end + 60)],
    )
    if hit.legal:
        return entry.kind == "firm" or not _continues(before)
    if entry.kind == "index":
        return _is_index(hit, before, after)
    if entry.kind == "etf":
        return not entry.doubt
    if " " not in entry.name and _is_persons(before):
        return False
    if entry.kind == "firm":
        return _is_firm(hit, before, after, headline, vouched)
    return _is_company(hit, before, after, headline, listed, vouched)


def _continues(before: str) -> bool:
    """Whether the words before are the front of a longer name ("Allied Nevada| Gold Corp.")."""
    word = re.search(r"([A-Z][\w’-]+)\s$", before)
    return word is not None and word.group(1).lower() not in words("abbreviations", "starters")


def _is_index(hit: Hit, before: str, after: str) -> bool:
    if _INDEX_NOT.match(after):
        return False
    if not hit.entry.doubt:
        return True
    return bool(re.search(r"\b[Tt]he\s$", before)) and not _CAPITAL_AFTER.match(after)


def _is_firm(hit: Hit, before: str, after: str, headline: bool, vouched: frozenset[str]) -> bool:
    entry = hit.entry
    if entry.type == "exchange" and re.match(r"\s?[:：]\s?[A-Z]", after):
        return False
    if not entry.doubt or entry.type in _FULL_TRUST:
        return True
    if _house_before().search(before) or _house_after().match(after):
        return True
    if entry.doubt == "acronym":
        return len(entry.name) > 2 and not headline
    if entry.doubt == "ordinary_words" and " " in entry.name:
        return not headline
    return entry.key in vouched and not headline and not _CAPITAL_AFTER.match(after)


def _is_company(
    hit: Hit, before: str, after: str, headline: bool, listed: bool, vouched: frozenset[str]
) -> bool:
    entry = hit.entry
    bracket = re.match(r"\s?\((?:[A-Za-z]+\s?:\s?)?([A-Z.]{1,6})\)", after)
    if bracket and bracket.group(1) == entry.symbol:
        return True
    plain = _is_plain(entry.name[:1].upper() + entry.name[1:])
    if " " not in entry.name and (plain or _TAIL_AFTER.match(after)):
        return False
    run_on = bool(_CAPITAL_AFTER.match(after)) or bool(re.search(r"\b[A-Z][a-z]+\s$", before))
    opens = bool(_SENTENCE_START.search(before))
    context = bool(_STOCK_AFTER.match(after) or _STOCK_BEFORE.search(before)) or listed
    if not entry.doubt:
        alone = not (run_on and not listed) and (not opens or context or not entry.name.istitle())
        return " " in entry.name or entry.large or alone
    if headline:
        return False
    if entry.doubt == "ordinary_words":
        return (entry.large or context) and not opens
    if entry.doubt == "acronym":
        return entry.large or context or entry.key in vouched
    if entry.large or entry.key in vouched:
        return (not opens or context) and not (run_on and not listed)
    return context and not opens and not run_on and bool(_SHARES.match(after) or "hares of" in before[-12:])


def _is_plain(word: str) -> bool:
    """Whether a word is one that capitals do not make a company: a month, a place, "University", "Here"."""
    return word.lower() in words("abbreviations", "starters") or any(
        word in words(section, name)
        for section, name in (
            ("places", "names"),
            ("places", "others"),
            ("organizations", "tails"),
            ("organizations", "generic"),
            ("people", "titles"),
        )
    )


def _is_persons(before: str) -> bool:
    """Whether a one-word name is somebody's surname or given name here ("Ann Jefferies")."""
    word = re.search(r"([A-Z][\w’-]+)\s(?:[A-Z]\.\s)?$", before)
    if word and word.group(1) in words("people", "given"):
        return True
    return bool(re.search(r"\b(?:Mr|Mrs|Ms|Dr)\.?\s$", before))


@lru_cache(maxsize=1)
def _house_before() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![\w-])(?i:{role()}|teams?|desk|research|strategy)(?:\s(?:[\w&,/-]+\s){{0,4}}?|\s)(?:at|with|from|of|for)"
        r"|\b(?:notes?|reports?|survey|study|analysis|data|forecasts?|research)\s(?:from|by|at)|[Aa]ccording to)\s(?:the\s)?$"
    )


@lru_cache(maxsize=1)
def _house_after() -> re.Pattern[str]:
    tails = "|".join(
        ("Research", "Securities", "Capital", "Bank", "Advisors", "Partners", "Wealth", "Asset", "Investment")
    )
    return re.compile(
        rf"(?:['’]s?\s(?:[\w.-]+\s){{0,3}}?(?i:{role()})|\s(?:[\w.-]+\s){{0,2}}?{role()})\b|\s(?:{tails})\b"
        r"|\s(?:upgraded|downgraded|initiated|reiterated|wrote|said|says|expects|sees|forecasts|recommends|prefers|warned|warns)\b"
        rf"|['’]s(?:\s[A-Z][\w.’-]+){{1,3}},?\s(?:{speech()}|lifts|raises|raised|lifted|cuts|lowers|lowered|(?:\w+\s){{0,3}}?{role()})\b"
    )


def _listed(text: str, accepted: list[Hit], symbols: list[Symbol]) -> list[Mention]:
    """Mentions of what is on a list: firms, companies with their symbols, funds, indices, and explicit symbols."""
    out = [
        Mention("ticker", symbol.span, text[symbol.span.start : symbol.span.end], symbol.symbol)
        for symbol in symbols
    ]
    for hit in accepted:
        entry, words_ = hit.entry, text[hit.span.start : hit.span.end]
        kind: MentionKind = "firm" if entry.kind in ("firm", "company") else entry.kind  # type: ignore[assignment]
        out.append(Mention(kind, hit.span, words_, entry.key))
        beside = next((s.symbol for s in symbols if 0 <= s.span.start - hit.span.end <= 12), entry.symbol)
        if entry.kind == "company" or (entry.kind == "firm" and entry.symbol and _as_stock(text, hit.span)):
            out.append(Mention("ticker", hit.span, words_, beside))
    return out


def _as_stock(text: str, span: Span) -> bool:
    return (
        bool(_SHARES.match(text[span.end : span.end + 12]))
        or text[max(0, span.start - 10) : span.start].lower() == "shares of "
    )


# --- the article as a whole ------------------------------------------------------------------------------


def _resolved(
    text: str, passages: Sequence[Passage], found: list[House], persons: list[Person], taken: list[Span]
) -> list[Mention]:
    """Unlisted firms and people, with their later short forms."""
    misread = houses_among(text, persons)
    found = [*found, *(House(p.span, p.name) for p in persons if p.name in misread)]
    persons = _full_names([p for p in persons if p.name not in misread])
    bearers = {surname(p.name): p.name for p in persons if " " in p.name}
    alone = [h for h in found if h.name in bearers]  # "Colquitt sees": a surname, not a house
    found = [h for h in found if h.name not in bearers]
    persons = [*persons, *(Person(h.span, bearers[h.name]) for h in alone)]
    again = short_forms(
        text, passages, found, [*taken, *(p.span for p in persons)], (surname(p.name) for p in persons)
    )
    firm_spans = [house.span for house in (*found, *again)]
    persons = [p for p in persons if all(p.span.end <= s or e <= p.span.start for s, e in firm_spans)]
    later = surnames(text, passages, persons, [*taken, *firm_spans])
    keys = _longest_forms([house.name for house in found])
    return [
        *(
            Mention("firm", h.span, text[h.span.start : h.span.end], keys.get(h.name, h.name))
            for h in (*found, *again)
        ),
        *(Mention("person", p.span, text[p.span.start : p.span.end], p.name) for p in (*persons, *later)),
    ]


def _full_names(persons: list[Person]) -> list[Person]:
    """Give "Ann Lee" and "Ann M. Lee" one key: the form met first with the same given name and surname."""
    first: dict[tuple[str, str], str] = {}
    return [
        person._replace(name=first.setdefault((person.name.split()[0], surname(person.name)), person.name))
        for person in persons
    ]


def _longest_forms(forms: Sequence[str]) -> dict[str, str]:
    """Map each form of an unlisted firm to the longest one that begins with it."""
    distinct = sorted(set(forms), key=lambda form: (-len(form), form))
    return {
        form: next(longer for longer in distinct if f"{longer} ".startswith(f"{form} ")) for form in distinct
    }


def _funds_again(
    text: str, passages: Sequence[Passage], known: Gazetteer, found: Sequence[Mention]
) -> list[Mention]:
    """Bare symbols of funds ("IWM was higher"): those named explicitly before, and the main ones."""
    explicit = {m.key for m in found if m.kind == "ticker" and len(m.key) >= 2}
    taken = [m.span for m in found]
    out = []
    for passage in passages:
        for match in re.finditer(r"(?<![\w.$(@#/-])[A-Z]{2,5}(?![\w.&/-]\w|\w)", text[slice(*passage.span)]):
            entry = known.symbols.get(match.group())
            span = Span(passage.span.start + match.start(), passage.span.start + match.end())
            fund = entry is not None and entry.kind == "etf" and entry.large and len(match.group()) >= 3
            if (fund or match.group() in explicit) and all(
                span.end <= s or e <= span.start for s, e in taken
            ):
                out.append(Mention("ticker", span, match.group(), match.group()))
    return out


def _is_headline(text: str, passage: Passage) -> bool:
    """Whether a passage is written in title case, where capitals tell nothing."""
    if passage.kind == "row" or passage.span.end - passage.span.start > 160:
        return False
    found = re.findall(r"[^\W\d_]{4,}", text[slice(*passage.span)])
    return len(found) >= (2 if passage.kind == "heading" else 5) and sum(
        w[0].isupper() for w in found
    ) >= 0.7 * len(found)
