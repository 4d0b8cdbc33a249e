"""The ledger: everything kept, each row with the times at which it could be known.

SQLite through sqlite-utils; knows no model.
"""

from __future__ import annotations

from narrative.ledger.bare import BareView, BareViews
from narrative.ledger.coverage import Coverage, FeedCoverage, Gap, Summary
from narrative.ledger.evidence import Copy, Evidence, Page
from narrative.ledger.market import Price
from narrative.ledger.store import Ledger, open_ledger

__all__ = [
    "BareView",
    "BareViews",
    "Copy",
    "Coverage",
    "Evidence",
    "FeedCoverage",
    "Gap",
    "Ledger",
    "Page",
    "Price",
    "Summary",
    "open_ledger",
]
