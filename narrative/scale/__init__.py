"""Old material at scale: many files read by many workers into Parquet, and the Parquet loaded into a ledger afterwards.

What one page or row gives is decided in the rooms that a single process stands on too. Workers open no ledger.
"""
