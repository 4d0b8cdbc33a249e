"""Where connections may go, and what becomes of the bytes that come back."""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest
import web as site
from hypothesis import given
from hypothesis import strategies as st

from narrative.clock import SimulatedClock
from narrative.crawl.addresses import is_allowed, is_public
from narrative.crawl.body import DamagedError, TooLargeError, read_body
from narrative.crawl.fetch import Fetcher
from narrative.crawl.transport import AddressRefused, LoopbackTransport
from tests.fuzzing import in_time

AGENT = "narrative/0.1"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


@pytest.fixture
def web() -> Iterator[site.Web]:
    with site.serving() as running:
        yield running


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "public"),
    [
        pytest.param("93.184.215.14", True, id="public"),
        pytest.param("2606:4700::1111", True, id="public v6"),
        pytest.param("127.0.0.1", False, id="loopback"),
        pytest.param("10.1.2.3", False, id="private"),
        pytest.param("169.254.169.254", False, id="metadata"),
        pytest.param("100.64.0.1", False, id="shared by a carrier"),
        pytest.param("0.0.0.0", False, id="this host"),
        pytest.param("224.0.0.1", False, id="multicast"),
        pytest.param("::1", False, id="loopback v6"),
        pytest.param("fe80::1%eth0", False, id="link-local with a zone"),
        pytest.param("fd00::1", False, id="unique local"),
        pytest.param("::ffff:127.0.0.1", False, id="loopback in v6"),
        pytest.param("64:ff9b::7f00:1", False, id="loopback behind NAT64"),
        pytest.param("2002:7f00:1::", False, id="loopback in 6to4"),
        pytest.param("wire.example", False, id="no address at all"),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_loopback_is_refused_unless_allowed(web, clock):
    with Fetcher(None, clock, user_agent=AGENT) as fetcher:
        for host in ("127.0.0.1", "localhost", "[::1]", "2130706433"):
            assert fetcher.get(web.url("/a", host)).outcome == "address"
    assert web.asked == []


def test_allow_names_a_host_or_a_host_with_its_port():
    assert is_allowed("Demo.Local", 80, ("demo.local",))
    assert is_allowed("::1", 8080, ("[::1]:8080",))
    assert not is_allowed("demo.local", 81, ("demo.local:80",))


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/", "file:///etc/hosts", "http://", "http://[::1", "mailto:a@b", "/a"]
)
def test_what_is_no_web_address_is_refused(clock, url):
    with Fetcher(None, clock, user_agent=AGENT) as fetcher:
        assert fetcher.get(url).outcome == "address"


PROXIED = """
import sys
from narrative.clock import SystemClock
from narrative.crawl.fetch import Fetcher
with Fetcher(None, SystemClock(), user_agent="narrative", delay=0, allow=("127.0.0.1",)) as fetcher:
    print(fetcher.get(sys.argv[1]).outcome)
"""


def test_proxies_of_the_environment_are_not_used(web):
    web.serve("/a", site.body(b"page"))
    nowhere = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    command = [sys.executable, "-c", PROXIED, web.url("/a")]
    done = subprocess.run(command, env={**os.environ, **nowhere}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ok"


def test_the_loopback_transport_keeps_names_and_refuses_others(web, clock):
    fetcher = Fetcher(LoopbackTransport({"wire.example": ("127.0.0.1", web.port)}), clock, user_agent=AGENT)
    web.serve("/a", site.body(b"page"))
    assert fetcher.get("http://wire.example/a").outcome == "ok"
    assert web.asked[-1].host == "wire.example"
    assert fetcher.get("http://other.example/a").outcome == "address"
    assert fetcher.get("https://wire.example/a").outcome == "address"


def test_the_refusal_is_an_error_of_the_transport_too():
    with pytest.raises(AddressRefused):
        LoopbackTransport({}).handle_request(httpx2.Request("GET", "http://wire.example/"))


# --- bodies ----------------------------------------------------------------------------------------------


@given(st.binary(max_size=3000), st.integers(1, 64), st.sampled_from(["", "gzip", "deflate"]))
def test_a_body_survives_any_cutting_into_chunks(content, size, coding):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding, bytes)(content)
    chunks = [packed[i : i + size] for i in range(0, len(packed), size)]
    assert read_body(chunks, coding, 5000) == content


def test_a_body_of_very_many_members_is_refused_in_time():
    body = gzip.compress(b"x") * 300_000
    with in_time(), pytest.raises(DamagedError, match="10000 members"):
        read_body([body], "gzip", 10_000_000)
    assert read_body([gzip.compress(b"xy") * 9000], "gzip", 10_000_000) == b"xy" * 9000


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate"]), st.integers(1, 500))
def test_any_bytes_end_in_a_body_or_in_a_named_error(noise, coding, cap):
    with contextlib.suppress(DamagedError, TooLargeError):
        assert len(read_body([noise], coding, cap)) <= cap
