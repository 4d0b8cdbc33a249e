"""Arithmetic on ledger rows: sessions, standing views, net, flow, factor, prices. Knows no store."""
