"""What to say to a question that is not understood: why, and the nearest ones that would be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher, get_close_matches

from narrative.targets import STOCK
from narrative.tell.companies import ticker
from narrative.tell.lexicon import CROWDS, STRANGERS
from narrative.tell.vocabulary import Token, is_name

Readable = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Lately:
    """What a ledger last held on a target: who spoke, the latest first, and on which day."""

    voices: tuple[str, ...] = ()
    day: date | None = None


#: a target id, None for any -> what was last said about it
Recall = Callable[[str | None], Lately]

_SHOWN = 3
_NEAR = 0.6  # least likeness of a name to one that is not known
#: a question -> the letters of the words that ask it; one that has such a word is nearer than one that only looks alike
_TEMPLATES = {
    "who is {stance} on {target}": "",
    "who turned {stance} on {target}": "U",
    "who flipped on {target}": "F",
    "how many are {stance} on {target}": "M",
    "what did {voice} say about {target}": "Q",
    "what does {voice} think": "R",
    "who disagrees with {voice} on {target}": "d",
    "has {voice} said the opposite on {target}": "o",
    "when did {voice} turn {stance} on {target}": "w",
    "who was first to be {stance} on {target}": "e",
    "who is most {stance} on {target}": "m",
    "compare {target} and {other}": "cv",
    "how has sentiment on {target} changed since {since}": "C",
    "who was {stance} on {target} in {year}": "",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that is not understood, with all that says why and what would be."""

    text: str
    tokens: Sequence[Token]
    readable: Readable
    recall: Recall
    names: Iterable[str] = ()

    def message(self) -> str:
        """Return one line: the words or the order that stand in the way, then the nearest questions."""
        return self.beside(f'cannot read "{self.text}": {self._reason()}')

    def beside(self, message: str) -> str:
        """Return a message with the nearest questions behind it."""
        nearest = ", or ".join(f'"{question}"' for question in self.suggestions())
        return f"{message}; try {nearest}" if nearest else message

    def suggestions(self) -> tuple[str, ...]:
        """Return the three nearest questions that are readable, with the targets, stance, names and times of the ledger."""
        targets = list(dict.fromkeys(token.words for token in self.tokens if token.letter == "T"))
        stance = next((t.value for t in self.tokens if t.letter in "SVGEZ"), "bullish")
        words = {"target": targets[0] if targets else "small caps", "stance": stance, **self._remembered()}
        # another target that stands there may be the other side of a comparison
        others = [*targets[1:], "mega-cap tech", "small caps"]
        letters = {token.letter for token in self.tokens}
        filled = {
            template.format(other=other, **words): bool(letters & set(own))
            for template, own in _TEMPLATES.items()
            for other in (others if "{other}" in template else others[:1])
            if all(part in words or part == "other" for part in re.findall(r"{(\w+)}", template))
        }

        def distance(question: str) -> tuple[bool, float]:
            alike = SequenceMatcher(None, self.text.lower(), question.lower(), autojunk=False).ratio()
            return not filled[question], -alike

        mended = [question for _, question in self._companies()]
        if crowd := self._crowd():
            mended.append(self._with(crowd, "voices"))
        ranked = [*mended, *sorted(filled, key=distance)]
        return tuple([question for question in ranked if self.readable(question)][:_SHOWN])

    def _remembered(self) -> dict[str, str]:
        """Return a voice, a year and a month that the ledger can answer about, as far as it has any."""
        target = next((t.legs[0][0] for t in self.tokens if t.letter == "T" and t.legs), None)
        lately = self.recall(target)
        written = (_written(token) for token in self.tokens if token.letter == "X" and token.value)
        voice = next(filter(None, (*written, *map(_plain, lately.voices))), None)
        found = {"voice": voice} if voice else {}
        if lately.day:
            before = date(lately.day.year - (lately.day.month == 1), (lately.day.month - 2) % 12 + 1, 1)
            found |= {"year": str(lately.day.year), "since": f"{before:%B %Y}"}
        return found

    def _reason(self) -> str:
        strangers = [token.words for token in self.tokens if token.letter == "X" and not token.value]
        targets = [token for token in self.tokens if token.letter == "T"]
        companies = dict(self._companies())
        if crowd := self._crowd():
            return f'"{crowd}" is no title; ask about voices, or by title, such as strategists'
        if companies:
            return ", ".join(f'"{words}" is a company, written {STOCK}{ticker(words)}' for words in companies)
        if called := next((words for words in strangers if self._stands_for_a_voice(words)), None):
            return f"no voice is called {called}{self._near(called)}"
        if strangers:
            words = ", ".join(f'"{words}"' for words in strangers)
            more = "" if targets else " (a single company is written stock:TICKER)"
            return f"{words} has no place in a question it knows{more}"
        if not targets:
            return "it names no target"
        return "its words are known but not in this order"

    def _companies(self) -> list[tuple[str, str]]:
        """Return the words that name a company where a target would stand, each with the question that names its ticker."""
        found = []
        for token in self.tokens:
            if token.letter == "X" and not token.value and (symbol := ticker(token.words)):
                question = self._with(token.words, STOCK + symbol)
                if self.readable(question):
                    found.append((token.words, question))
        return found

    def _crowd(self) -> str | None:
        words = (token.words for token in self.tokens if token.letter == "X" and not token.value)
        return next((word for word in words if word.lower().removesuffix("s") in CROWDS), None)

    def _stands_for_a_voice(self, words: str) -> bool:
        some = next(iter(self.names), None)
        decent = not STRANGERS & set(words.lower().split()) and all(
            word.isalpha() and len(word) > 1 for word in re.split(r"[ '.&-]+", words) if word
        )
        beside = any(token.letter not in "X_" for token in self.tokens)
        return some is not None and decent and beside and self.readable(self._with(words, f'"{some}"'))

    def _with(self, words: str, others: str) -> str:
        return re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", lambda _: others, self.text, count=1)

    def _near(self, called: str) -> str:
        names = {name.casefold(): name for name in self.names}
        near = get_close_matches(called.casefold(), names, _SHOWN, _NEAR)
        return f"; near: {', '.join(names[name] for name in near)}" if near else ""


def _plain(name: str) -> str | None:
    """Return a name as a question may write it, None for one that needs other signs."""
    return name if re.fullmatch(r"[\w .&-]+", name) and is_name(Token("X", name)) else None


def _written(token: Token) -> str | None:
    return _plain(token.value or token.words)
