"""What is new in the words of a week: those that nobody had used on the same legs in the weeks before.

Words are compared by their first six letters, so that "refinance" and "refinancing" are one. Left out are short
words, words of grammar and of talk, numbers, names (capitals inside a sentence), and the words for the legs themselves.
A word is no argument yet: two new ones in a statement are taken for a sign of one, and are shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from narrative.terms import Entry

WEEKS = 13  # weeks before that are looked at; about as long as a view stands
LEAST_BEFORE = 20  # rows in them; with fewer, everything would be new
LEAST_NEW = 2
MOST_SHOWN = 4
_STEM = 6
_WORD = re.compile(r"[^\W\d_]{4,}")
_GRAMMAR = frozenset(
    re.findall(
        r"[a-z]+",
        """
    about above actually after afternoon again against along already also although always among another anybody anyone
    anything apart april around asked august away back bear bearish bears because become becomes been before began
    begin behind being believe believes below best better between beyond bigger both bought bring brings brought bull
    bullish bulls buying buys called came close come comes could course days december different does doing done down
    during each earlier early easy eight either else enough entire especially even evening ever every everybody
    everyone everything except expect expected expects fact fairly fall falling falls february fell felt find five
    found four friday from full fully further gave general gets give given goes going gone good half happen happened
    happens hard have having held help helped here high higher hold holds however hundred idea important inside
    instead into itself january july june just keep keeps kept kind know large largest last later lead least leave
    left less level like likely look looks lower made main make making many march market markets matter maybe mean
    means might moment monday month months more morning most move moves moving much must near need neither never next
    nine nobody none north nothing november number october often once only onto open opened other ours over part past
    people perhaps place plain please point points possible pretty price prices probably put quarter quarters question
    quite rather ready real really reason remain remains right rise rises rising room rose said same says second seem
    seems seen sell selling september seven shall share shares short should show shows side simply since small smaller
    sold some somebody someone something soon sooner sort start started starts stay stayed stays steps still stock
    stocks stop story straight such summer sure take talk tell tend term terms than that their them then there these
    they thing things think third this those though three through thursday time times today together told tomorrow
    toward towards tuesday turn turned turns twice under until upon used using usually very wait want wants watch
    wednesday week weeks well went were what when where whether which while whose will with within without words work
    works world worth would wrong wrote year years yesterday young your
    """,
    )
)


def new_arguments(
    rows: Iterable[Entry], earlier: Sequence[Entry], since: datetime, legs: Collection[str]
) -> list[tuple[Entry, tuple[str, ...]]] | None:
    """Return the rows of a week with the new words of each, most of them first; None where too little was said before.

    `rows` became available at or after `since`, of `earlier` the rows in the thirteen weeks before it count; `legs`
    are the words that name the legs. A statement is listed once, and words that are new are the first voice's.
    """
    start = since - timedelta(weeks=WEEKS)
    before = [row for row in earlier if start <= row.available_at < since]
    if len(before) < LEAST_BEFORE:
        return None
    known = {stem for words in (*(row.words for row in before), *legs) for stem in _stems(words, names=True)}
    found = []
    for row in sorted(rows, key=lambda row: (row.available_at, row.view)):
        fresh = {stem: word for stem, word in _stems(row.words).items() if stem not in known}
        if len(fresh) >= LEAST_NEW:
            found.append((row, tuple(fresh.values())))
        known |= set(fresh)
    return sorted(found, key=lambda pair: (-len(pair[1]), pair[0].view))


def _stems(words: str, *, names: bool = False) -> dict[str, str]:
    """Return the telling words of some, by stem; without `names` those with a capital inside a sentence are left out."""
    found: dict[str, str] = {}
    for match in _WORD.finditer(words):
        word = match[0]
        named = not word.islower() and words[: match.start()].rstrip()[-1:] not in ("", ".", "!", "?", "…")
        if word.lower() not in _GRAMMAR and (names or not named):
            found.setdefault(word.lower()[:_STEM], word.lower())
    return found
