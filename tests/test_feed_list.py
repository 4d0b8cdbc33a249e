"""The list of feeds as a file: which one counts, what is wrong with it, and edits that keep a person's words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative import bundled
from narrative.crawl.feedlist import (
    FeedList,
    address_meant,
    append_feed,
    feeds_in_use,
    find_feed,
    list_in_use,
    load_feeds,
    remove_feed,
    shown,
)
from narrative.errors import NarrativeError, UsageError
from narrative.terms import Feed

ONE = '[[feed]]\nurl = "https://a.example/rss"\noutlet = "A"\n'
TWO = '[[feed]]\nurl = "https://b.example/rss"\noutlet = "B"\n'
THREE = '[[feed]]\nurl = "https://c.example/rss"\noutlet = "C"\n'
NEW = Feed("https://n.example/feed", "New Wire", "atom", 30, "headlines only", "2026-01-05")
NEW_TABLE = (
    '[[feed]]\nurl = "https://n.example/feed"\noutlet = "New Wire"\nkind = "atom"\n'
    'interval_minutes = 30\nuse = "headlines only"\nchecked = "2026-01-05"\n'
)


def written(folder: Path, text: str) -> FeedList:
    """A list of somebody's own with that text, byte for byte."""
    path = folder / "mine.toml"
    path.write_bytes(text.encode("utf-8"))
    return FeedList(path, path)


def text_of(listed: FeedList) -> str:
    return listed.target.read_bytes().decode("utf-8")


def outlets(listed: FeedList) -> str:
    return "".join(feed.outlet for feed in load_feeds(listed.target))


# --- which list counts -----------------------------------------------------------------------------------


def test_a_named_list_comes_before_the_folder_s_own(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(ONE)
    named = tmp_path / "other.toml"
    assert list_in_use(named, tmp_path) == FeedList(named, named)


def test_the_folder_s_own_list_comes_before_the_built_in_one(tmp_path: Path) -> None:
    own = tmp_path / "feeds.toml"
    own.write_text(ONE)
    listed = list_in_use(None, tmp_path)
    assert (listed, listed.built_in, listed.name) == (FeedList(own, own), False, str(own))


def test_without_either_the_built_in_list_counts_and_changes_go_elsewhere(tmp_path: Path) -> None:
    listed = list_in_use(None, tmp_path)
    assert (listed.path, listed.target) == (bundled.data("feeds.toml"), tmp_path / "feeds.toml")
    assert (listed.built_in, listed.name) == (True, "the built-in list")


def test_the_list_in_use_and_its_feeds_come_together(tmp_path: Path) -> None:
    listed = written(tmp_path, f"{ONE}\n{TWO}")
    assert feeds_in_use(listed.path) == (listed.path, list(listed.load()))


# --- reading ---------------------------------------------------------------------------------------------


def test_the_shipped_list_loads() -> None:
    feeds = load_feeds(bundled.data("feeds.toml"))
    assert 10 <= len(feeds) <= 20
    assert all(feed.checked == "never" and feed.use != "unknown" for feed in feeds)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param('[[feed]]\nurl = "https://a.example/"', "missing keys ['outlet']", id="no outlet"),
        pytest.param(ONE + "every = 5", "unknown keys ['every']", id="a key of another program"),
        pytest.param('[[feed]]\nurl="a.example"\noutlet="A"', "full http", id="no scheme"),
        pytest.param('[[feed]]\nurl="file:///etc/x"\noutlet="A"', "full http", id="a file's address"),
        pytest.param('[[feed]]\nurl=7\noutlet="A"', "url must be str", id="wrong type"),
        pytest.param(
            '[[feed]]\nurl="https://a.example/"\noutlet=" "', "outlet must name", id="a blank outlet"
        ),
        pytest.param(ONE + 'kind="html"', "kind 'html' is not one of rss, atom", id="a kind nobody reads"),
        pytest.param(ONE + "interval_minutes=1", "between 5", id="hasty"),
        pytest.param(ONE + "interval_minutes=20000", "between 5", id="hardly ever"),
        pytest.param(ONE + "interval_minutes=true", "must be int", id="a truth value is no number"),
        pytest.param(ONE + 'checked="last week"', "must be a day", id="a day in words"),
        pytest.param(ONE + 'checked="2026-02-30"', "must be a day", id="a day that never was"),
        pytest.param(ONE + 'checked="20260105"', "must be a day", id="a day in another form"),
    ],
)
def test_a_bad_entry_is_named_with_its_file_and_place(tmp_path: Path, text: str, complaint: str) -> None:
    listed = written(tmp_path, f"{TWO}\n{text}")
    with pytest.raises(NarrativeError) as caught:
        listed.load()
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{listed.path}: feed 2 (")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(ONE.encode() * 2, "listed twice: https://a.example/rss", id="a repeat"),
        pytest.param(b"feed = 3", "only [[feed]] tables are allowed", id="no table"),
        pytest.param(b"feed = [3]", "feed 1 is not a table", id="a list of something else"),
        pytest.param(b"title = 'x'", "only [[feed]] tables are allowed, not title", id="another key"),
        pytest.param(b"[[feed", "cannot read", id="no TOML"),
        pytest.param(b"[[feed]]\nurl = 'caf\xe9'", "not text in UTF-8 (byte 19)", id="Latin-1"),
        pytest.param(b"a=" + b"[" * 100_000, "cannot read", id="nested without end"),
        pytest.param(b"a=" + b"9" * 5000, "cannot read", id="a number without end"),
    ],
)
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "feeds.toml"
    path.write_bytes(content)
    with pytest.raises(NarrativeError) as caught:
        load_feeds(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_list_says_so(tmp_path: Path) -> None:
    with pytest.raises(NarrativeError, match=r"cannot read .*none.toml: No such file or directory"):
        load_feeds(tmp_path / "none.toml")


def test_a_day_may_stand_without_quotes_and_a_byte_order_mark_before_the_text(tmp_path: Path) -> None:
    listed = written(tmp_path, f"\ufeff{ONE}checked = 2026-01-05\n")
    assert listed.load() == (Feed("https://a.example/rss", "A", checked="2026-01-05"),)


# --- adding ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", NEW_TABLE, id="an empty file needs no blank line"),
        pytest.param(ONE, f"{ONE}\n{NEW_TABLE}", id="a blank line between two tables"),
        pytest.param(f"{ONE}\n", f"{ONE}\n{NEW_TABLE}", id="which may be there already"),
        pytest.param(ONE.rstrip(), f"{ONE}\n{NEW_TABLE}", id="the last line was not ended"),
        pytest.param("# mine\n", f"# mine\n\n{NEW_TABLE}", id="a comment stays a comment of nothing"),
        pytest.param(f"\ufeff{ONE}", f"\ufeff{ONE}\n{NEW_TABLE}", id="the byte order mark stays first"),
    ],
)
def test_an_entry_goes_to_the_end_and_nothing_else_changes(tmp_path: Path, before: str, after: str) -> None:
    listed = written(tmp_path, before)
    append_feed(listed, NEW)
    assert text_of(listed) == after
    assert listed.load()[-1] == NEW


def test_the_line_ends_of_the_file_are_kept(tmp_path: Path) -> None:
    listed = written(tmp_path, ONE.replace("\n", "\r\n"))
    append_feed(listed, NEW)
    assert text_of(listed) == f"{ONE}\n{NEW_TABLE}".replace("\n", "\r\n")


def test_a_named_list_that_is_missing_is_made(tmp_path: Path) -> None:
    listed = list_in_use(tmp_path / "new.toml", tmp_path)
    append_feed(listed, NEW)
    assert text_of(listed) == NEW_TABLE


def test_the_built_in_list_is_copied_and_not_changed(tmp_path: Path) -> None:
    shipped = bundled.data("feeds.toml").read_bytes()
    append_feed(list_in_use(None, tmp_path), NEW)
    assert bundled.data("feeds.toml").read_bytes() == shipped
    assert (tmp_path / "feeds.toml").read_bytes() == shipped + f"\n{NEW_TABLE}".encode()


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    real, link = tmp_path / "shared" / "list.toml", tmp_path / "feeds.toml"
    real.write_text(ONE)
    real.chmod(0o640)
    link.symlink_to(real)
    append_feed(list_in_use(None, tmp_path), NEW)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_text() == f"{ONE}\n{NEW_TABLE}"
    assert [path.name for path in real.parent.iterdir()] == ["list.toml"]


def test_a_list_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    listed = list_in_use(tmp_path / "no" / "folder.toml", tmp_path)
    with pytest.raises(NarrativeError, match=r"cannot write .*folder.toml: No such file or directory"):
        append_feed(listed, NEW)


PLAIN = st.text(st.characters(exclude_categories=("Cs",)))
FEEDS = st.builds(
    Feed,
    st.integers(0, 99).map("https://{}.example/feed?a=1&b=é".format),
    PLAIN.filter(str.strip),
    st.sampled_from(("rss", "atom", "rdf", "json", "sitemap")),
    st.integers(5, 10080),
    PLAIN,
    st.dates(date(1900, 1, 1)).map(date.isoformat) | st.just("never"),
)
CHANGES = st.lists(FEEDS, max_size=4, unique_by=lambda feed: feed.url)


@settings(deadline=None, max_examples=20)
@given(CHANGES, st.data())
def test_what_is_added_is_read_back_and_what_is_removed_is_gone(
    tmp_path_factory: pytest.TempPathFactory, feeds: list[Feed], data: st.DataObject
) -> None:
    listed = written(tmp_path_factory.mktemp("list"), f"# mine\n\n{ONE}\n# the end\n")
    for feed in feeds:
        append_feed(listed, feed)
    wanted = [*load_feeds(listed.path)]
    assert wanted[1:] == feeds
    for feed in data.draw(st.permutations(wanted)):
        wanted.remove(remove_feed(listed, feed.url))
        assert listed.load() == tuple(wanted)
    assert text_of(listed).split() == ["#", "mine", "#", "the", "end"]


# --- removing --------------------------------------------------------------------------------------------

INSIDE = '[[feed]] # second\n# before the keys\nurl = "https://b.example/rss" # moved in May\n# asked Ann\noutlet = "B"\n'
IN_A_STRING = (
    '[[feed]]\nurl = "https://b.example/rss"\noutlet = "B"\nuse = """see\n[[feed]]\n# not a comment"""\n'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f"{ONE}\n{TWO}\n{THREE}", f"{ONE}\n{THREE}", id="in the middle"),
        pytest.param(f"{TWO}\n{ONE}", ONE, id="first"),
        pytest.param(f"{ONE}\n{TWO}", ONE, id="last"),
        pytest.param(TWO, "", id="the only one"),
        pytest.param(f"{ONE}{TWO}{THREE}", f"{ONE}\n{THREE}", id="no blank lines between"),
        pytest.param(f"{ONE}\n\n\n{TWO}\n\n\n{THREE}", f"{ONE}\n\n\n{THREE}", id="wide gaps"),
        pytest.param(f"# mine\n\n{TWO}", "# mine\n", id="the file's comment stays"),
        pytest.param(f"{ONE}\n{INSIDE}\n{THREE}", f"{ONE}\n{THREE}", id="comments inside go with it"),
        pytest.param(
            f"{ONE}\n# banks\n{TWO}\n{THREE}",
            f"{ONE}\n# banks\n\n{THREE}",
            id="a comment above stays and does not move to the next entry",
        ),
        pytest.param(
            f"{ONE}\n{TWO}\n# wires\n\n# fast\n{THREE}",
            f"{ONE}\n# wires\n\n# fast\n{THREE}",
            id="comments below belong to what follows",
        ),
        pytest.param(f"{ONE}\n{TWO}\n# the end\n", f"{ONE}\n# the end\n", id="a comment at the end"),
        pytest.param(f"{ONE}\n{IN_A_STRING}\n{THREE}", f"{ONE}\n{THREE}", id="a header inside a string"),
        pytest.param(
            f'{ONE}\n[["feed"]]\n{TWO.partition(chr(10))[2]}\n[[ feed ]]\n{THREE.partition(chr(10))[2]}',
            f"{ONE}\n[[ feed ]]\n{THREE.partition(chr(10))[2]}",
            id="other spellings of the header",
        ),
        pytest.param(f"\ufeff{TWO}\n{ONE}", f"\ufeff{ONE}", id="the byte order mark stays first"),
        pytest.param(
            f"{ONE}\n# x\n{TWO}{THREE}".replace("\n", "\r\n"),
            f"{ONE}\n# x\n\n{THREE}".replace("\n", "\r\n"),
            id="line ends of Windows",
        ),
    ],
)
def test_a_table_is_cut_out_and_everything_else_stays(tmp_path: Path, before: str, after: str) -> None:
    listed = written(tmp_path, before)
    assert remove_feed(listed, "https://b.example/rss").outlet == "B"
    assert text_of(listed) == after
    assert "B" not in outlets(listed)


def test_any_spelling_of_the_address_will_do(tmp_path: Path) -> None:
    listed = written(tmp_path, f"{ONE}\n{TWO}")
    remove_feed(listed, "HTTPS://B.example:443/rss?utm_source=x#top")
    assert outlets(listed) == "A"


@pytest.mark.parametrize("number", range(15))
def test_each_feed_of_the_shipped_list_can_be_cut_out(tmp_path: Path, number: int) -> None:
    listed = list_in_use(None, tmp_path)
    feeds = listed.load()
    gone = remove_feed(listed, feeds[number].url)
    shipped = bundled.data("feeds.toml").read_text(encoding="utf-8")
    assert load_feeds(tmp_path / "feeds.toml") == tuple(feed for feed in feeds if feed != gone)
    assert text_of(listed).startswith(shipped[: shipped.index("[[feed]]") - 1])


def test_an_address_that_is_not_there_is_refused(tmp_path: Path) -> None:
    listed = written(tmp_path, ONE)
    with pytest.raises(UsageError, match=r"https://z.example/ is not in .*mine.toml; `narrative feeds list`"):
        remove_feed(listed, "https://z.example/")
    assert text_of(listed) == ONE


INLINE = 'feed = [{url = "https://a.example/rss", outlet = "A"}]\n'


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda listed: append_feed(listed, NEW), id="no table can follow a closed list"),
        pytest.param(lambda listed: remove_feed(listed, "https://a.example/rss"), id="no table to cut"),
    ],
)
def test_a_form_that_cannot_be_edited_is_left_alone(tmp_path: Path, edit) -> None:
    listed = written(tmp_path, INLINE)
    with pytest.raises(NarrativeError, match="cannot edit; edit it by hand"):
        edit(listed)
    assert text_of(listed) == INLINE


def test_a_broken_list_is_not_written_to(tmp_path: Path) -> None:
    listed = written(tmp_path, "[[feed]]\nurl = 1\n")
    with pytest.raises(NarrativeError, match="feed 1"):
        append_feed(listed, NEW)
    assert text_of(listed) == "[[feed]]\nurl = 1\n"


# --- addresses as people give them -----------------------------------------------------------------------

LONG = f"https://search.example/{'x' * 40}?partner=1&id=20910258"
LISTED = (Feed("http://a.example/rss", "A"), Feed(LONG, "Long"))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param("https://a.example/rss", "https://a.example/rss", id="in full"),
        pytest.param("news.example/markets", "https://news.example/markets", id="as people say it"),
        pytest.param("a.example/rss", "http://a.example/rss", id="as people say it, of a listed feed"),
        pytest.param(" https://a.example/rss#top ", "https://a.example/rss", id="with a place in the page"),
        pytest.param(shown(LONG), LONG, id="as the list shows it"),
    ],
)
def test_an_address_is_understood(given: str, meant: str) -> None:
    assert address_meant(given, LISTED) == meant


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        pytest.param("", "no web address", id="nothing"),
        pytest.param("ftp://a.example/rss", "no web address", id="another protocol"),
        pytest.param("file:///etc/hosts", "no web address", id="a file"),
        pytest.param("https://", "no web address", id="no host"),
        pytest.param("https://a.ex…mple/rss", "fits 0 feeds", id="shortened by somebody else"),
    ],
)
def test_what_is_no_address_is_refused(given: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        address_meant(given, LISTED)


@given(st.text(max_size=200))
def test_a_shown_address_fits_and_cannot_steer_a_terminal(url: str) -> None:
    assert len(shown(url)) <= 68
    assert shown(url).isprintable()


def test_a_feed_is_found_however_its_address_is_spelled() -> None:
    assert find_feed(LISTED, "http://A.example:80/rss") == LISTED[0]
    assert find_feed(LISTED, "http://a.example/other") is None
