"""What is said about the tables that are browsed: titles, columns, facets, and questions that are ready to be asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from narrative.tell.layout import count

COPY, LEDGER = "market-views", "ledger"

_WHO = """
select voice, stance, state, said, words, outlet, stands_to, view from standings
where target = coalesce(nullif(:target, ''), 'small_caps')
  and stance = coalesce(nullif(:stance, ''), 'bullish') and state <> 'expired'
order by said desc, voice
"""
_FLIPS = """
select said, voice, target, was, became, words, outlet, view from flips
where (:target = '' or target = :target) and said >= :since order by said desc, voice
"""
_DISAGREEMENT = """
select target, sum(stance = 'bullish') as bullish, sum(stance = 'bearish') as bearish, sum(stance = 'neutral') as neutral,
  count(*) as voices, round(1.0 * min(sum(stance = 'bullish'), sum(stance = 'bearish')) / count(*), 2) as smaller_camp
from standings where state <> 'expired' group by target
having bullish > 0 and bearish > 0 order by min(bullish, bearish) desc, target
"""
_CAMPS = """
select b.voice as bullish, b.said as bullish_said, b.words as bullish_words, r.voice as bearish, r.said as bearish_said,
  r.words as bearish_words
from standings b join standings r on r.target = b.target and r.stance = 'bearish' and r.state <> 'expired'
where b.target = coalesce(nullif(:target, ''), 'small_caps') and b.stance = 'bullish' and b.state <> 'expired'
order by max(b.said, r.said) desc, b.voice, r.voice
"""
_COVERAGE = """
select feed, date(at, 'weekday 0', '-6 days') as week, count(*) as polls,
  sum(outcome in ('ok', 'not_modified')) as answered, sum(outcome in ('robots', 'reserved', 'blocked')) as refused,
  sum(outcome not in ('ok', 'not_modified', 'robots', 'reserved', 'blocked')) as failed, sum(new) as new_links
from polls group by feed, week order by week desc, failed + refused desc, feed
"""
_SEARCH = """
select a.published, a.outlet, a.title, snippet(articles_fts, 1, '[', ']', ' … ', 30) as passage, a.article, a.url
from articles_fts join articles a on a.rowid = articles_fts.rowid
where articles_fts match coalesce(nullif(escape_fts(:words), ''), '""') order by rank limit 100
"""
_FIRST = """
select min(coalesce(published, available_at)) as said, voice, stance, words, outlet, view from views
where target = coalesce(nullif(:target, ''), 'small_caps') and stance = coalesce(nullif(:stance, ''), 'bullish')
  and counted group by voice order by said
"""

_DEFAULTS = "Without a target it is about small_caps"
QUERIES = {
    "who_is_bullish": ("Who is bullish, bearish or neutral on a target now", _WHO),
    "flips": ("Who changed sides, since a day such as 2026-01-01", _FLIPS),
    "disagreement": ("Targets on which voices stand on both sides", _DISAGREEMENT),
    "both_camps": ("Bulls and bears of a target side by side", _CAMPS),
    "first_said": ("Who said it first", _FIRST),
    "coverage": ("What each feed brought week by week, and where it failed", _COVERAGE),
    "search": ("Words in the texts, the best match first", _SEARCH),
}
_NOTES = {
    "who_is_bullish": f"{_DEFAULTS}, without a stance about bullish. Views that ran out are in the table standings.",
    "flips": "Every change, one a page at most, of what a voice had counted views on; without a target, on all.",
    "both_camps": f"{_DEFAULTS}. Views that ran out are left out.",
    "first_said": f"{_DEFAULTS}, without a stance about bullish.",
    "search": "Without words there is nothing to find.",
}
_TABLES: dict[str, dict[str, Any]] = {
    "views": {
        "description": "Every view there is: who said what, and what it was judged to mean for which target.",
        "facets": ["target", "stance", "outlet", "kind"],
        "sort_desc": "available_at",
        "label_column": "words",
        "columns": {
            "voice": "the person who speaks, else the house",
            "counted": "1 when it may enter a number, else why_not_counted says why",
            "published": "what the page claims",
            "available_at": "when the text could first be read",
            "echo_of": "the view that this one repeats",
            "reach": "how many stories carried it",
            "correction": "the stance set by hand",
            "in_sample": "published before the model's training cut-off",
        },
    },
    "standings": {
        "description": "The latest counted view of each voice on each target. Expired ones enter no number.",
        "facets": ["target", "stance", "state"],
        "sort_desc": "said",
        "columns": {
            "state": "new, reiterated, flipped or expired",
            "stands_to": "the last session in which it counts",
        },
    },
    "flips": {
        "description": "Each change of side; what a voice said in one page is one occasion.",
        "facets": ["target", "became"],
        "sort_desc": "said",
    },
    "articles": {
        "description": "What was read, with its text.",
        "facets": ["outlet"],
        "sort_desc": "available_at",
        "label_column": "title",
        "columns": {"stub": "why it is a teaser and was not read further"},
    },
    "targets": {"description": "What a stance can be about.", "facets": ["kind"], "label_column": "name"},
    "polls": {
        "description": "Each poll of a feed and what came of it.",
        "facets": ["outcome", "feed"],
        "sort_desc": "at",
    },
    "fetches": {"description": "Each fetch of a page.", "facets": ["outcome"], "sort_desc": "at"},
}


def metadata(ledger: str, at: datetime, standing: int = 0, expired: int = 0) -> dict[str, Any]:
    """Return what Datasette is told, for the ledger of this name as it stands at a moment, with so many views that stand."""
    queries = {
        name: {"title": title, "sql": sql.strip(), "hide_sql": True, "description": _NOTES.get(name, "")}
        for name, (title, sql) in QUERIES.items()
    }
    return {
        "title": f"narrative: {ledger}",
        "description": f"Who said what about which part of the market, as it stood at {at:%Y-%m-%d %H:%M} UTC: "
        f"{_stands(standing, expired)} Read only.",
        "databases": {
            COPY: {
                "description": "A copy for reading, made from the selection that narrative ask uses. Start with a query below.",
                "queries": queries,
                "tables": _TABLES,
            },
            LEDGER: {
                "description": "The ledger's own tables, as they are stored. Nothing here can be changed."
            },
        },
    }


def _stands(standing: int, expired: int) -> str:
    """Return how many views stand and how many ran out, and how to see an earlier day."""
    told = f"{count(standing, 'view stands', 'views stand')}, {expired} ran out."
    return f"{told} To see an earlier day, start it with --as-of DAY, such as narrative browse --as-of 2026-02-14."
