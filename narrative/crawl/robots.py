"""robots.txt by RFC 9309: what a site forbids, remembered for a day. The only door to Protego."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from narrative.clock import Clock

SIZE = 500 * 1024  # bytes read of a robots.txt; the rest is ignored
_KEPT = timedelta(hours=24)
_KEPT_SILENCE = timedelta(hours=1)  # an unreachable file closes the site, but is asked for again sooner


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says. Without `rules` everything is open, unless `closed` says why it is not."""

    until: datetime
    rules: Protego | None = None
    closed: str = ""  # why nothing may be fetched although nothing was forbidden
    text: str = ""  # as it came, for what it states beside the rules

    def allows(self, url: str, agent: str) -> bool:
        """Return whether `agent` (a product token) may fetch `url`."""
        return not self.closed and (self.rules is None or bool(self.rules.can_fetch(url, agent)))

    def delay(self, agent: str) -> float | None:
        """Return the Crawl-delay in seconds, None when there is none."""
        seconds = None if self.rules is None else self.rules.crawl_delay(agent)
        return None if seconds is None else float(seconds)


class Robots:
    """The rules met so far, by origin (scheme, host, port), forgotten when their time on the clock is up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: dict[str, Rules] = {}

    def known(self, origin: str) -> Rules | None:
        """Return the rules of an origin, None when its robots.txt must be asked for."""
        rules = self._rules.get(origin)
        return rules if rules is not None and rules.until > self._clock.now() else None

    def text(self, origin: str) -> str:
        """Return the robots.txt that was had last, "" when there is none; it may be time to ask again."""
        rules = self._rules.get(origin)
        return rules.text if rules is not None else ""

    def had(self, origin: str, body: bytes) -> Rules:
        """Keep a robots.txt that was answered with success."""
        text = body[:SIZE].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        return self._keep(origin, Rules(self._clock.now() + _KEPT, Protego.parse(text), text=text))

    def absent(self, origin: str) -> Rules:
        """Keep that there is none (any 4xx, or redirects without end): everything is allowed."""
        return self._keep(origin, Rules(self._clock.now() + _KEPT))

    def unreachable(self, origin: str, why: str) -> Rules:
        """Keep that the site could not say (5xx, no answer): everything is closed."""
        return self._keep(origin, Rules(self._clock.now() + _KEPT_SILENCE, closed=why))

    def _keep(self, origin: str, rules: Rules) -> Rules:
        self._rules[origin] = rules
        return rules
