"""Old material at scale: many files read by many workers into Parquet, and the Parquet loaded into a ledger afterwards.

What one page or row gives is decided in the rooms that a single process stands on too. Workers open no ledger.
"""

from __future__ import annotations

HOW_TO_INSTALL = 'install what reading at scale needs with: pip install "narrative[scale]"'
