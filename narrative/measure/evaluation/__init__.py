"""Whether a factor says anything about the market: values beside returns in, an Evaluation record out.

One narrative is a time series, so its information coefficient (IC) is a rank correlation over time. Nothing here reads
a store or prints; `evaluation.py` is the one call, the other files are one statistic each.
"""
