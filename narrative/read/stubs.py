"""Pages that show no article: teasers before a paywall, and notices in an article's place.

A wall's words alone make no stub, nor does a page's remark that it is not free: publishers print both beside full
texts. A stub is short, and something says that there is more.
"""

from __future__ import annotations

import re

from narrative.read.metadata import PageFacts

_WALL = re.compile(
    r"(?i)\b(?:subscribe (?:now )?to (?:continue|keep|read)|(?:to )?(?:continue|keep) reading|already a subscriber"
    r"|already have an account|for subscribers only|subscriber[- ]only|subscribers? (?:only|exclusive)"
    r"|to (?:read|access|unlock) (?:the|this) (?:full|whole|rest|article|story)|(?:sign|log) in to (?:read|continue)"
    r"|become a (?:member|subscriber)|start your (?:free )?(?:trial|subscription)|remaining free articles"
    r"|create a free account to|register to (?:read|continue)|unlock this article|premium content|full access)\b"
)
#: what a server prints where an article should be, though it answers with success
_NOTICE = re.compile(
    r"(?i)\b(?:(?:verify|confirm|prove) (?:that )?you(?:['’]re| are) (?:a |not a )?(?:human|robot)|are you a robot"
    r"|unusual (?:activity|traffic) from your (?:computer )?network|checking your browser"
    r"|enable (?:javascript|cookies)(?: and (?:javascript|cookies))? (?:to|and|in your)"
    r"|access (?:to this page )?(?:has been |was |is )?denied"
    r"|page (?:you (?:requested|are looking for) )?(?:could not be|cannot be|was not|not) found|your request has been blocked"
    r"|not available in your (?:country|region|location)|this page (?:is|has been) (?:unavailable|removed))\b"
)
_BROKEN_OFF = re.compile(r"(?:\.\s?\.\s?\.|…)[\"'”’)\]]*\s*$")
_TEASER = 220  # words: a wall on a page with fewer makes it a teaser
_NOTICE_WORDS = 120  # words: more is an article about such a notice
_SHARE_SHOWN = 0.35  # of the words a page states, below which it shows only a teaser
_WHOLE = 0.85  # of the stated body's words, from which nothing is held back


def stub_reason(text: str, printed: str, facts: PageFacts | None, page_words: str = "") -> str | None:
    """Say why a text is no article, None when it is one.

    `printed` is the text before the page's furniture was cut from it, `page_words` all that the page prints.
    """
    count = len(text.split())
    if count < _NOTICE_WORDS and (notice := _NOTICE.search(printed)):
        return f'notice: {count} words around "{" ".join(notice.group().split())}"'
    if count < _TEASER and _walled(text, printed, facts, page_words):
        return f"paywall: {count} words and a request to subscribe"
    stated = facts.word_count if facts else None
    if stated and count < min(_TEASER, _SHARE_SHOWN * stated):
        return f"teaser: {count} of {stated} words"
    return None


def _walled(text: str, printed: str, facts: PageFacts | None, page_words: str) -> bool:
    """Whether a short text stands before a wall: by words in the text, or by the page's remark and a second sign."""
    if facts is not None and facts.body and len(text.split()) >= _WHOLE * len(facts.body.split()):
        return False
    if _WALL.search(printed):
        return True
    closed = facts is not None and facts.free is False
    return closed and bool(_BROKEN_OFF.search(text) or _WALL.search(page_words))
