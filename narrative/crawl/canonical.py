"""One address a page: the spelling differences that never change what a server sends are taken out."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote_plus, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Only names that campaign and analytics tools own. A plain `ref` or `source` may select content, so it stays.
_TRACKING = re.compile(
    r"utm_\w+|hsa_\w+|at_(?:medium|campaign|custom[1-4]|link_\w+|ptr_name|format)|guce_referrer(?:_sig)?"
    r"|guccounter|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|li_fat_id|yclid|igsh(?:id)?|epik"
    r"|s_kwcid|mc_cid|mc_eid|mkt_tok|_ga|_gl|_hsenc|_hsmi|__hstc|__hssc|vero_id|oly_(?:enc|anon)_id|\.tsrc",
    re.IGNORECASE,
)


def canonical_url(url: str) -> str:
    """Return `url` with lower-case scheme and host, without default port, fragment and tracking parameters.

    Everything else keeps its spelling and order. Idempotent; what is no address comes back as it is,
    stripped.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return url
    if not parts.scheme or not parts.hostname:
        return url
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def _host(parts: SplitResult) -> str:
    """Return user, lower-case host and port as an address has them. Raises ValueError for a bad port."""
    user, at, _ = parts.netloc.rpartition("@")
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    shown = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{user}{at}{host}{shown}"


def _is_tracking(pair: str) -> bool:
    return bool(_TRACKING.fullmatch(unquote_plus(pair.partition("=")[0])))
