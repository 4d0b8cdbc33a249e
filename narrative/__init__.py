"""Who said what about which part of the market: a point-in-time ledger of attributed market views."""
