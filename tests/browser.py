"""A real headless Chromium for tests of pages, driven over its debugging pipe with nothing but the standard library.

It can reach nothing: every host name is mapped to one that does not resolve. What a page asks for, prints on its
console or throws is kept.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60.0
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
# the protocol is read from descriptor 3 and written to 4, wherever the pipes are here; a shell may know one digit only
_START = """
import os, sys
theirs, ours = (os.dup2(int(end), 100 + n) for n, end in enumerate(sys.argv[1:3]))
os.dup2(theirs, 3), os.dup2(ours, 4)
os.closerange(5, 200)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserError(Exception):
    """The browser did not answer, or refused."""


@dataclass
class Browser:
    """One tab. `asked` are the addresses its page wanted, `printed` its console, `thrown` its errors."""

    process: subprocess.Popen[bytes]
    to: int
    back: int
    session: str = ""
    asked: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)
    _number: int = 0
    _buffer: bytes = b""
    _seen: set[str] = field(default_factory=set)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run one command of the DevTools protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def show(self, page: Path, *, width: int, dark: bool = False, height: int = 900) -> None:
        """Open a file at a width in CSS pixels, as a phone where it is narrow, in light or dark."""
        for name in (self.asked, self.printed, self.thrown):
            name.clear()
        self._seen.discard("Page.loadEventFired")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        self.call("Page.navigate", url=page.resolve().as_uri())
        limit = time.monotonic() + PATIENCE
        while "Page.loadEventFired" not in self._seen and time.monotonic() < limit:
            self._next()

    def run(self, script: str) -> Any:
        """Return what an expression of JavaScript, or the promise that it gives, comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def picture(self, top: float = 0, height: float | None = None) -> bytes:
        """Return the page, or a stretch of it, as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        tall = min(height or size["height"], size["height"] - top)
        clip = {"x": 0, "y": top, "width": size["width"], "height": tall, "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def print(self) -> bytes:
        """Return the page as it would be printed, as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self.back], [], [], PATIENCE)[0]:
                raise BrowserError(f"no answer in {PATIENCE:.0f} s")
            more = os.read(self.back, 1 << 20)
            if not more:
                raise BrowserError("the browser has ended")
            self._buffer += more
        data, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(data)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, told: dict[str, Any]) -> None:
        self._seen.add(method)
        if method == "Network.requestWillBeSent":
            self.asked.append(told["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.printed.append(json.dumps(told["args"]))
        elif method == "Log.entryAdded":
            self.printed.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.thrown.append(told["exceptionDetails"]["text"])


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Start a browser with a new profile in that folder, and end it."""
    assert CHROMIUM
    (theirs, to), (back, ours) = os.pipe(), os.pipe()
    flags = (*_FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank")
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(theirs), str(ours), CHROMIUM, *flags],
        pass_fds=(theirs, ours),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.close(ours)
    browser = Browser(process, to, back)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            browser.call(f"{domain}.enable")
        yield browser
    finally:
        browser.session = ""
        with contextlib.suppress(BrowserError, OSError):
            browser.call("Browser.close")
        os.close(to)
        os.close(back)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
