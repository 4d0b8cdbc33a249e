"""Web archives: which records are pages, what is left out and why, and pages that come back as they were written."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from narrative.crawl.packed import LeftOut, PackedFile
from narrative.crawl.warc import LARGEST, read_warc, write_warc
from narrative.errors import NarrativeError
from narrative.terms import Capture, Claim, Link

AT = datetime(2026, 1, 9, 8, 30, 15, tzinfo=UTC)
HTML = b"<html><body><p>Small caps rose.</p></body></html>"
PLAIN = {"Content-Type": "text/html; charset=utf-8"}


def record(
    writer: WARCWriter,
    kind: str = "response",
    url: str = "http://one.example/a",
    body: bytes = HTML,
    status: str = "200 OK",
    http: dict[str, str] | None = None,
    **fields: str,
) -> None:
    """Write one record; the fields' underscores become hyphens."""
    told = {"WARC-Date": "2026-01-09T08:30:15Z"} | {k.replace("_", "-"): v for k, v in fields.items()}
    headers = StatusAndHeaders(status, list((PLAIN if http is None else http).items()), protocol="HTTP/1.1")
    made = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        http_headers=headers if kind in ("response", "request", "revisit") else None,
        warc_headers_dict={name: value for name, value in told.items() if value},
    )
    writer.write_record(made)


def archive(path: Path, *makes: Callable[[WARCWriter], None], zipped: bool = True) -> Path:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=zipped)
        for make in makes:
            make(writer)
    return path


def read(path: Path) -> list[Capture | LeftOut]:
    with PackedFile(path) as file:
        return list(read_warc(file))


def good(writer: WARCWriter) -> None:
    record(writer)


# --- which records are pages -----------------------------------------------------------------------------


def test_a_page_has_its_address_its_time_and_its_bytes(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.warc.gz", lambda w: record(w, url="http://One.example/a?id=1&utm_source=x#top")
    )
    (page,) = read(path)
    assert page == Capture(
        url="http://One.example/a?id=1&utm_source=x#top",
        final_url="http://one.example/a?id=1",
        fetched_at=AT,
        content_type="text/html; charset=utf-8",
        body=HTML,
        outlet="one.example",
    )


CHUNKED = b"10\r\n" + HTML[:16] + b"\r\n" + f"{len(HTML) - 16:x}\r\n".encode() + HTML[16:] + b"\r\n0\r\n\r\n"
TAKEN = {
    "as it is": {},
    "xhtml": {"http": {"content-type": "Application/XHTML+xml"}},
    "no type, but markup": {"http": {}, "body": b"\n<!DOCTYPE html><p>Small caps rose."},
    "type told by the archive": {"http": {}, "WARC_Identified_Payload_Type": "text/html"},
    "gzip": {"http": PLAIN | {"Content-Encoding": "gzip"}, "body": gzip.compress(HTML)},
    "deflate": {"http": PLAIN | {"Content-Encoding": "deflate"}, "body": zlib.compress(HTML)},
    "chunked": {"http": PLAIN | {"Transfer-Encoding": "chunked"}, "body": CHUNKED},
    "decoded, header kept": {"http": PLAIN | {"Content-Encoding": "gzip"}},
    "decoded, brotli kept": {"http": PLAIN | {"Content-Encoding": "br"}},
    "dechunked, header kept": {"http": PLAIN | {"Transfer-Encoding": "chunked"}},
    "header renamed, as CC-NEWS does": {"http": PLAIN | {"X-Crawl-Content-Encoding": "gzip"}},
    "address in brackets": {"url": "<http://one.example/a>"},
}
LEFT = {
    "status 404": {"status": "404 Not Found"},
    "status 301": {"status": "301 Moved"},
    "no HTTP answer": {"status": "OK"},
    "not HTML": {"http": {"Content-Type": "application/pdf"}},
    "not HTML, no type": {"http": {}, "body": b"%PDF-1.4"},
    "not of an http address": {"url": "ftp://one.example/a"},
    "no capture time": {"WARC_Date": "2026-01-09"},
    "no capture time, nonsense": {"WARC_Date": "2026-13-09T08:30:15Z"},
    "cut off by the archive": {"WARC_Truncated": "length"},
    "in a coding that is not read": {"http": PLAIN | {"Content-Encoding": "br"}, "body": b"\x0b\x02\x80"},
    "damaged compression": {"http": PLAIN | {"Content-Encoding": "gzip"}, "body": gzip.compress(HTML)[:-9]},
    "larger than a page may be": {"body": b"<" * (LARGEST + 1)},
    "larger than a page may be, unpacked": {
        "http": PLAIN | {"Content-Encoding": "gzip"},
        "body": gzip.compress(b"<" * (LARGEST + 1)),
    },
    "larger than a page may be, by far": {"body": b"<" * (LARGEST * 2)},
    "request record": {"kind": "request"},
    "revisit record": {"kind": "revisit"},
    "metadata record": {"kind": "metadata"},
    "other record": {"kind": "rumour"},
}


@pytest.mark.parametrize("made", TAKEN.values(), ids=TAKEN)
def test_a_page_is_taken_however_it_was_stored(tmp_path: Path, made: dict[str, object]) -> None:
    (page,) = read(archive(tmp_path / "a.warc.gz", lambda w: record(w, **made)))
    assert isinstance(page, Capture)
    assert page.final_url == "http://one.example/a"
    assert b"Small caps rose." in page.body
    assert page.body.startswith(b"<") or made.get("body")


@pytest.mark.parametrize(("reason", "made"), LEFT.items(), ids=LEFT)
def test_what_is_no_page_is_left_out_with_its_reason(
    tmp_path: Path, reason: str, made: dict[str, object]
) -> None:
    path = archive(tmp_path / "a.warc.gz", lambda w: record(w, **made), good)
    left, page = read(path)
    assert left == LeftOut(reason.partition(",")[0])
    assert isinstance(page, Capture)


@pytest.mark.parametrize("zipped", [True, False])
def test_plain_and_packed_archives_read_the_same_whatever_their_name(tmp_path: Path, zipped: bool) -> None:
    path = archive(tmp_path / "pages", good, lambda w: record(w, url="http://one.example/b"), zipped=zipped)
    assert [page.url for page in read(path)] == ["http://one.example/a", "http://one.example/b"]


def test_an_archive_in_one_gzip_member_is_read(tmp_path: Path) -> None:
    plain = archive(tmp_path / "a.warc", good, good, zipped=False)
    packed = tmp_path / "a.warc.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(packed) == read(plain)


# --- files that are wrong --------------------------------------------------------------------------------

NO_WARC = {
    "missing": (None, "cannot read"),
    "empty": (b"", "holds no WARC record"),
    "a page": (HTML, "is not a WARC file"),
    "a packed page": (gzip.compress(HTML), "is not a WARC file"),
    "noise": (b"\x00\xff\x13" * 999, "is not a WARC file"),
}


@pytest.mark.parametrize(("content", "words"), NO_WARC.values(), ids=NO_WARC)
def test_a_file_that_is_no_archive_is_said_to_be_none(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "a.warc.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NarrativeError, match=words) as refused:
        read(path)
    assert "\n" not in str(refused.value)


def test_a_plain_archive_that_ends_early_gives_what_came_before(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc", good, good, zipped=False)
    path.write_bytes(path.read_bytes()[:-20])
    assert [type(found) for found in read(path)] == [Capture, LeftOut]
    assert read(path)[1] == LeftOut("cut off at the end of the file")


def spoilt(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 40]) + data[at + 40 :]


def until_broken(path: Path) -> tuple[list[Capture | LeftOut], str]:
    """What an archive gives before it breaks, and the words it breaks with."""
    found: list[Capture | LeftOut] = []
    with PackedFile(path) as file:
        try:
            found.extend(read_warc(file))
        except NarrativeError as error:
            return found, str(error)
    return found, ""


@pytest.mark.parametrize("how", ["cut", "spoilt"])
def test_a_damaged_archive_gives_what_came_before_and_says_where_it_ends(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = archive(tmp_path / "a.warc.gz", *[good] * 40)
    data = path.read_bytes()
    middle = (
        data.index(b"\x1f\x8b\x08", len(data) // 2) + 50
    )  # in the midst of a record: a cut between two cannot be seen
    path.write_bytes(data[:middle] if how == "cut" else spoilt(data, middle))
    found, broken = until_broken(path)
    assert 5 < len(found) < 40
    assert "cannot be read beyond byte" in broken
    assert "\n" not in broken
    assert capsys.readouterr() == ("", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_is_anything_but_a_plain_error(tmp_path: Path, data: st.DataObject) -> None:
    path = archive(tmp_path / "a.warc", good, good, good, zipped=False)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path.write_bytes(bytes(whole))
    found, broken = until_broken(path)
    assert "\n" not in broken
    assert broken or found


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    import tracemalloc

    path = archive(tmp_path / "a.warc.gz", *[lambda w: record(w, body=b"<" * 1_000_000)] * 40)
    tracemalloc.start()
    try:
        with PackedFile(path) as file:
            assert sum(isinstance(page, Capture) for page in read_warc(file)) == 40
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


# --- writing ---------------------------------------------------------------------------------------------

LINK = Link("http://one.example/x?utm_source=f", "http://one.example/feed", "e1", "Título: “one”")
texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
instants = st.timedeltas(timedelta(0), timedelta(days=9000)).map(lambda ago: AT - ago)
claims = st.none() | st.builds(
    Claim, instants | st.dates(date(1999, 1, 1)), st.sampled_from(["feed", "meta"]), st.booleans()
)
links = st.none() | st.builds(Link, texts, texts, texts, texts, claims)
captures = st.builds(
    Capture,
    url=texts,
    final_url=st.sampled_from(
        ["http://one.example/a", "https://two.example/b?q=ü%20x", "http://one.example/"]
    ),
    fetched_at=instants,
    content_type=st.sampled_from(["text/html", "text/plain; charset=latin-1", ""]),
    body=st.binary(max_size=300),
    outlet=texts,
    link=links,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(captures, min_size=1, max_size=4), st.sampled_from(["a.warc", "a.warc.gz"]))
def test_what_is_written_comes_back(kept: list[Capture], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        assert write_warc(path, kept, AT) == len(kept)
        opening, *found = read(path)
    assert opening == LeftOut("warcinfo record")
    assert found == kept


def test_the_file_is_a_standard_archive(tmp_path: Path) -> None:
    path = tmp_path / "pages.warc.gz"
    page = Capture(
        "http://one.example/x",
        "http://one.example/a",
        AT + timedelta(microseconds=7),
        "text/html",
        HTML,
        "One",
    )
    write_warc(path, [page], AT)
    with path.open("rb") as opened:
        records = ArchiveIterator(opened, check_digests="raise")
        opening = next(records)
        assert (opening.rec_type, opening.rec_headers.protocol) == ("warcinfo", "WARC/1.1")
        assert opening.rec_headers.get_header("WARC-Date") == "2026-01-09T08:30:15.000000Z"
        assert b"format: WARC File Format 1.1" in opening.content_stream().read()
        answer = next(records)
        said = answer.rec_headers.get_header
        assert (answer.rec_type, said("WARC-Target-URI")) == ("response", "http://one.example/a")
        assert said("WARC-Date") == "2026-01-09T08:30:15.000007Z"
        assert said("WARC-Payload-Digest").startswith("sha1:")
        assert answer.http_headers.get_statuscode() == "200"
        assert answer.http_headers.get_header("Content-Type") == "text/html"
        assert answer.content_stream().read() == HTML


def test_a_page_has_one_record_id_in_every_export(tmp_path: Path) -> None:
    page = Capture("http://one.example/a", "http://one.example/a", AT, "text/html", HTML)
    ids = set()
    for name in ("a.warc", "b.warc"):
        write_warc(tmp_path / name, [page], AT)
        (line,) = [x for x in (tmp_path / name).read_bytes().split(b"\r\n") if b"Record-ID" in x][1:]
        ids.add(line)
    assert len(ids) == 1


OWN = {
    "no JSON": "{",
    "another thing": "[1]",
    "no url": '{"outlet": "One", "link": null}',
    "url is a number": '{"url": 1, "outlet": "One", "link": null}',
    "link without entry": '{"url": "u", "outlet": "One", "link": {"url": "u"}}',
    "link with a strange origin": '{"url": "u", "outlet": "One", "link": {"url": "u", "feed": "f", "entry": "e",'
    ' "title": "t", "published": null, "origin": "hearsay", "zone_known": true}}',
    "link with a time without zone": '{"url": "u", "outlet": "One", "link": {"url": "u", "feed": "f", "entry": "e",'
    ' "title": "t", "published": "2026-01-01T10:00:00", "origin": "feed", "zone_known": true}}',
}


@pytest.mark.parametrize("field", OWN.values(), ids=OWN)
def test_a_field_that_only_looks_like_ours_is_ignored(tmp_path: Path, field: str) -> None:
    (page,) = read(archive(tmp_path / "a.warc", lambda w: record(w, Narrative_Capture=field), zipped=False))
    assert isinstance(page, Capture)
    assert (page.url, page.outlet, page.link) == ("http://one.example/a", "one.example", None)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    page = Capture("http://one.example/a", "http://one.example/a", AT, "text/html", HTML, "One", LINK)

    def failing():
        yield page
        raise KeyboardInterrupt

    for pages, error in ((failing(), KeyboardInterrupt), (iter(()), NarrativeError)):
        with pytest.raises(error):
            write_warc(tmp_path / "a.warc.gz", pages, AT)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(NarrativeError, match="cannot write"):
        write_warc(tmp_path / "none" / "a.warc.gz", [page], AT)
