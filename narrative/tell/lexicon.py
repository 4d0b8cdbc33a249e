"""The words questions are made of, each with its part of speech as one letter.

A question becomes a row of letters and `grammar` says which rows are questions. Adding a synonym is adding
a word here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# W who    B be      D did, has   S stance adjective   V stance verb   G holders of a stance   P preposition
# U turn   Y stay    L new        F flip    M how many   H how   O what, where   Q say   R think   N sentiment
# C change   A a firm follows   I an outlet follows   J unconditional   K and   T target   X name   | period
# d disagree or agree   e first   o the opposite   c compare   v versus   k only houses, only people
# E expect   Z will rise, will fall   n no longer   z not   m the top of a camp   w when   l latest

PEOPLE: Final = "person"
HOUSES: Final = "house"
TITLE: Final = "title:"  # prefix of the value of a word that asks for a title
TOP: Final = 5  # how many "the most bullish" are, where no number is given

_WORDS: dict[str, str] = {
    "W": "who, whos, anyone, anybody, everyone, everybody, someone, somebody, voices, voice",
    "B": "is, are, was, were, been, being, be, has been, have been, had been",
    "D": "did, do, does, has, have, had, having, ever, holds, hold, held, holding, takes, take, took, taken",
    "P": "on, about, towards, toward, for, of, in, to, regarding, concerning, over, around, with "
    "respect to, when it comes to",
    "U": "turned, turn, turns, turning, became, become, becomes, becoming, went, gone, going, got, "
    "grew, grown, has turned",
    "Y": "stays, stay, stayed, staying, remains, remain, remained, remaining, still, keeps, kept, "
    "reiterated, reiterates, reiterate, reaffirmed, reaffirms, repeated, repeats",
    "L": "new, newly, freshly",
    "F": "flipped, flip, flips, flipping, switched, switch, switches, reversed, reverse, changed "
    "sides, changed side, changed camps, changed camp, changed minds, changed their mind, "
    "changed their minds, changed his mind, changed her mind, changed its mind, changed their "
    "view, changed their views, changed stance, changed their stance, changed his view, "
    "changed her view, changed its view, changed course, change sides, change their mind, "
    "change their minds, change minds, changes sides, flips sides, flipped sides, flip sides, "
    "change its mind, change his mind, change her mind, change camps, change course, changed "
    "view, changed views",
    "M": "how many, number of, count, count of, what number of",
    "H": "how",
    "O": "what, whats, where",
    "Q": "say, says, said, saying, write, wrote, written, tell, told, talk, talks, talked, "
    "talking, speak, speaks, spoke, spoken, comment, commented, comments, quotes, quote, "
    "quoted, statements, statement, remarks, remark",
    "R": "think, thinks, thought, feel, feels, felt, stand, stands, stood, believe, believes, believed, think "
    "that, thinks that, thought that, believe that, believes that",
    "n": "no longer, not any more, not anymore, stopped being",
    "z": "not, is not, are not, isn't, isnt, aren't, arent",
    "w": "when",
    "l": "latest, newest",
    "N": "sentiment, stance, mood, opinion, opinions, view, views, tone, net, net stance, net "
    "sentiment, outlook, position, feeling, consensus",
    "C": "changed, change, changes, changing, moved, move, moves, moving, shifted, shift, shifts, "
    "shifting, evolved, evolve, evolving, developed, develop, trended, trend, trending, "
    "trends, history",
    "A": "at, from, working at, working for, who work at, who works at",
    "I": "quoted in, quoted by, reported in, reported by, published in, published by, according "
    "to, as reported by, appearing in",
    "J": "unconditionally, without conditions, without a condition, without condition, with no "
    "conditions, unconditional, outright, no conditions attached, without any condition, without any "
    "conditions, with no condition, with no strings attached, no strings attached, without ifs",
    "K": "and, or",
    "e": "first, earliest, said it first, said so first, first said it, first said so, first to say it, "
    "first to say so, before anyone else, before everyone else, before anybody else",
    "o": "opposite, otherwise, contrary, other side, opposite side, other camp, opposite camp, opposite "
    "view, contrary view, contradicted himself, contradicted herself, contradicted itself, contradicted "
    "themselves, contradict himself, contradict herself, contradict itself, contradict themselves, "
    "disagreed with himself, disagreed with herself, disagreed with itself, disagreed with themselves",
    "c": "compare, compares, comparing, comparison, compare how, difference between",
    "v": "with, versus, vs, against, compared with, compared to, compare with, compare to, compares with, "
    "compares to, relative to, as opposed to, next to, beside",
}
_SIDES: dict[str, str] = {
    "against": "disagrees, disagree, disagreed, disagreeing, differs, differ, differed, differs from, differ "
    "from, differed from, at odds, argues, argue, argued, contradicts, contradict, contradicted, "
    "contradicting, opposes, oppose, opposed, opposing, takes issue, take issue, taken issue, opposite "
    "view of, opposite view from, opposite view to, opposite side of, opposite side from, opposite side "
    "to, other side of, other side from, opposite camp from, opposite camp to, contrary view of, "
    "contrary view to, disputes, dispute, disputed",
    "with": "agrees, agree, agreed, agreeing, sides, side, sided, siding, in agreement, in line, of one "
    "mind, shares the view of, share the view of, shares the opinion of, on the side of, in the same "
    "camp as, same view as, same opinion as, same stance as",
}
_HOUSES = "firms, firm, houses, house, banks, brokers, brokerages, institutions, asset managers, fund houses"
_PEOPLE = "people, persons, person, individuals, individual, named people"
_STANCES: dict[str, dict[str, str]] = {
    "S": {
        "bullish": "bullish, positive, upbeat, optimistic, constructive, long, overweight, hopeful, "
        "sanguine, favorable, favourable, pro, buyers, a buyer, keen, confident, enthusiastic",
        "bearish": "bearish, negative, short, pessimistic, cautious, downbeat, underweight, skeptical, "
        "sceptical, wary, unfavorable, unfavourable, gloomy, worried, sellers, a seller, "
        "defensive about, concerned, nervous",
        "neutral": "neutral, undecided, market weight, market-weight, on the fence, ambivalent, "
        "noncommittal, mixed, balanced",
    },
    "V": {
        "bullish": "likes, like, liked, liking, loves, love, loved, favors, favor, favored, favours, favour, "
        "favoured, prefers, prefer, preferred, recommends, recommend, recommended, backs, back, "
        "backed, backing, buying, buys, buy, bought, owns, own, owning, supports, support, supported, "
        "supporting, endorses, endorse, endorsed, believes in, believe in, overweights",
        "bearish": "dislikes, dislike, disliked, disliking, hates, hate, shorts, shorting, shorted, avoids, "
        "avoid, avoided, avoiding, warns, warn, warned, warning, selling, sells, sell, sold, "
        "fears, fear, feared, doubts, doubt, doubted, distrusts, distrust, underweights, rejects, reject, "
        "rejected",
    },
    "E": {
        "bullish": "expects, expect, expected, expecting, expects that, expect that, predicts, predict, "
        "predicted, predicting, forecasts, forecast",
    },
    "G": {
        "bullish": "bulls, bull, optimists, optimist, believers, believer, fans, fan",
        "bearish": "bears, bear, pessimists, pessimist, skeptics, skeptic, sceptics, sceptic, doubters, doubter",
        "neutral": "neutrals, fence sitters",
    },
}
_TITLES = (
    "analyst, strategist, economist, investor, forecaster, manager, portfolio manager, fund manager, trader, "
    "adviser, chief economist, chief strategist, chief investment officer"
)
_WAYS: dict[str, str] = {  # what a target does that will do well, or badly
    "bullish": "outperform, outperforming, rise, rising, lead, leading, rally, rallying, gain, gaining, climb, "
    "climbing, go up, going up, do well, doing well, move higher, recover, recovering, catch up, soar, surge, "
    "advance",
    "bearish": "underperform, underperforming, fall, falling, lag, lagging, drop, dropping, decline, declining, "
    "slide, sliding, sink, sinking, go down, going down, do badly, do poorly, move lower, trail, trailing, "
    "weaken, weakening, tumble, crash, plunge, slump",
}
_COUNTS = "two three four five six seven eight nine ten"
NOISE: Final = frozenset(
    {"the", "a", "an", "which", "all", "any", "currently", "now", "presently", "please", "exactly", "there"}
    | {"these", "their", "his", "her", "its", "s", "s'", "'s", "'", ":", ",", ";", "-"}
)
NOISE_PHRASES: Final = (
    "right now",
    "at the moment",
    "at present",
    "these days",
    "as we speak",
    "out there",
    "anything",
    "something",
)
OPENERS: Final = (
    r"(?:please |hey |hi |ok |okay |so )*(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:(?:i want to know|i would like to know|do you know|show|tell|give|list|find|name|get|see)\b"
    r"(?: (?:me|us|out))?(?: a list of)?(?: all)?(?: the)? ?)?"
)
CROWDS: Final = frozenset(  # words for people that no title has; they are refused, not taken for anybody
    (
        "expert",
        "commentator",
        "pundit",
        "professional",
        "source",
        "market watcher",
        "guru",
        "observer",
        "street",
    )
)
STRANGERS: Final = frozenset(  # words that are never somebody's name
    [
        "not",
        "no",
        "never",
        "neither",
        "nor",
        "longer",
        "isnt",
        "arent",
        "wasnt",
        "dont",
        "doesnt",
        "didnt",
        "without",
        "except",
        "unless",
        "if",
        "when",
        "why",
        "because",
        "than",
        "more",
        "most",
        "less",
        "least",
        "very",
        "should",
        "would",
        "could",
        "will",
        "shall",
        "can",
        "may",
        "might",
        "must",
        "i",
        "you",
        "we",
        "he",
        "she",
        "it",
        "they",
        "them",
        "us",
        "me",
        "my",
        "your",
        "this",
        "that",
        "those",
        "one",
        "ones",
        "else",
        "other",
        "others",
        "nobody",
        "none",
        "only",
        "also",
        "too",
        "even",
        "yet",
        "market",
        "markets",
        "stock",
        "stocks",
        "share",
        "shares",
        "price",
        "prices",
        "tomorrow",
        "next",
        "soon",
        "recently",
        "lately",
        "last",
        "best",
        "worst",
        "right",
        "wrong",
    ]
)


@lru_cache(maxsize=1)
def phrases() -> dict[tuple[str, ...], tuple[str, str | None]]:
    """Return every phrase as lower-case words, with its letter and value (a stance or a kind of voice)."""
    found: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for letter, words in _WORDS.items():
        found |= {_split(phrase): (letter, None) for phrase in words.split(",")}
    for kind, words in ((HOUSES, _HOUSES), (PEOPLE, _PEOPLE)):
        found |= {_split(phrase): ("W", kind) for phrase in words.split(",")}
    for letter, stances in _STANCES.items():
        for stance, words in stances.items():
            found |= {_split(phrase): (letter, stance) for phrase in words.split(",")}
    for side, words in _SIDES.items():
        found |= {_split(phrase): ("d", side) for phrase in words.split(",")}
    for title in _TITLES.split(", "):
        found |= {_split(title + ending): ("W", TITLE + title) for ending in ("", "s")}
    for stance, ways in _WAYS.items():
        for way in ways.split(","):
            starts = ("",) if _split(way)[0].endswith("ing") else ("to", "will")
            found |= {_split(f"{start} {way}"): ("Z", stance) for start in starts}
    found |= _tops()
    for kind, words in ((HOUSES, _HOUSES), (PEOPLE, _PEOPLE)):
        for word in words.split(","):
            found |= {(*form.split(), *_split(word)): ("k", kind) for form in ("only", "among", "just")}
            found[(*_split(word), "only")] = ("k", kind)
    found |= {(word,): ("_", None) for word in NOISE}
    return found | {_split(phrase): ("_", None) for phrase in NOISE_PHRASES}


def _tops() -> dict[tuple[str, ...], tuple[str, str | None]]:
    """Return the phrases that ask for the surest of a camp, each with how many are asked for."""
    numbers = {str(number): number for number in range(1, 51)}
    numbers |= {word: number for number, word in enumerate(_COUNTS.split(), 2)}
    found: dict[tuple[str, ...], tuple[str, str | None]] = {
        (word,): ("m", str(TOP)) for word in ("most", "top", "strongest", "surest")
    }
    for words, number in numbers.items():
        found |= {
            form: ("m", str(number)) for form in ((words, "most"), ("top", words), ("top", words, "most"))
        }
    return found


def _split(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.replace("-", " ").split())
