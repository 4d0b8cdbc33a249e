"""What a site states about the use of its pages by machines: text mining, and the training of models.

Only published forms are read, and a restriction counts wherever it stands:

- robots.txt, in the group of our product token or of `*`: `Content-Signal: ai-train=no, ai-input=no` (Content Signals),
  `Content-Usage: [/path] train-ai=n` (IETF aipref), `DisallowAITraining: /path` (draft-canel-robots-ai-control); and groups
  that shut out a product token which its owner publishes as the control of training (`Google-Extended` and the like);
- headers: `Content-Signal`, `Content-Usage`, `tdm-reservation` (TDMRep), `X-Robots-Tag: noai`;
- the page: `<meta name="tdm-reservation" content="1">`, `<meta name="robots" content="noai">`;
- `/.well-known/tdmrep.json`, for whoever has asked for it.

Reserved text mining and a refused input into models forbid the reading too, for reading pages by model is what this
program does. Everything else forbids training only.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

_HEAD = 256 * 1024  # bytes of a page in which its meta tags are looked for
_ROBOTS = 1024 * 1024  # characters of a robots.txt that are read, twice what the standard asks for (RFC 9309)
_WORDS = 160  # characters of a statement that are kept
_MOST = 20  # statements that are kept; all of them count
#: product tokens that their owners publish as the control of training
TRAINING_TOKENS = ("google-extended", "applebot-extended", "gptbot", "claudebot", "meta-externalagent")
#: uses that a site may refuse, and what each refusal forbids here
_READING = frozenset(["ai-input", "bots", "tdm-reservation"])
_TRAINING = frozenset(["ai-train", "train-ai", "train-genai", "ai", "noai", "disallowaitraining", *_READING])
_REFUSED = {"content-signal": "no", "content-usage": "n"}
_META = re.compile(r"<meta\b([^>]{0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_WITH_VALUE = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_BANS = frozenset(["noai", "disallowaitraining"])  # directives for pages
_HIDDEN = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
)


@dataclass(frozen=True, slots=True)
class Permission:
    """What a site allows with one page. `words` are the statements that forbid something, each behind its place.

    Those that forbid the reading come first; twenty are kept at most.
    """

    read: bool = True
    train: bool = True
    words: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The words on one line, "" where nothing is forbidden."""
        return "; ".join(self.words)

    def joined(self, other: Permission) -> Permission:
        """Return what two statements on one page leave allowed, with the words of both."""
        words = dict.fromkeys((*self.words, *other.words))
        return Permission(self.read and other.read, self.train and other.train, tuple(words)[:_MOST])


class _Statement(NamedTuple):
    """One refused use, as it is written."""

    use: str
    words: str


class _Rule(NamedTuple):
    name: str  # of the line, in lower case
    path: str  # to which it applies; "" is every path
    value: str
    line: str


@dataclass(slots=True)
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[_Rule] = field(default_factory=list)


def permission(
    url: str,
    agent: str,
    *,
    robots: str = "",
    headers: Iterable[tuple[str, str]] = (),
    page: bytes = b"",
    reservations: str = "",
) -> Permission:
    """Return what a site states about one of its pages to `agent`, a product token.

    `robots` is the text of robots.txt, `headers` and `page` are those of the answer, `reservations` the text of
    tdmrep.json; whatever was not asked for is left out. What is not said is allowed. Never raises for what is written there.
    """
    sent = [(name.lower(), " ".join(value.split())) for name, value in headers]
    tags = list(_meta_tags(page))
    found = [*_in_robots(robots[:_ROBOTS], url, agent.lower()), *_in_headers(sent, agent.lower())]
    found += [_Statement("noai", words) for words in _in_meta(tags, agent.lower())]
    found += _mining(url, tags, sent, reservations)
    ours = [statement for statement in found if statement.use in _TRAINING]
    ours.sort(key=lambda statement: statement.use not in _READING)
    uses = {statement.use for statement in ours}
    words = dict.fromkeys(_told(statement.words) for statement in ours)
    return Permission(not uses & _READING, not uses, tuple(words)[:_MOST])


def _told(words: str) -> str:
    """The words as they may be printed: short, and without the characters that command a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in words)[:_WORDS].strip()


# --- robots.txt ------------------------------------------------------------------------------------------


def _in_robots(text: str, url: str, agent: str) -> Iterator[_Statement]:
    groups = _groups(text)
    path = _path(url)
    for rule in _applying(_rules_for(groups, agent), path):
        if rule.name == "disallowaitraining":
            yield _Statement(rule.name, f"robots.txt: {rule.line}")
        elif rule.name in _REFUSED:
            for use in _refused(rule.name, rule.value):
                yield _Statement(use, f"robots.txt: {rule.line}")
    for token in TRAINING_TOKENS:
        if any(token in group.agents for group in groups) and _shut(_rules_for(groups, token), path):
            yield _Statement("ai-train", f"robots.txt: User-agent: {token}, Disallow")


def _groups(text: str) -> list[_Group]:
    """The groups of a robots.txt; rules ahead of any user agent make a group for everybody."""
    out = [_Group(["*"])]
    open_ = False
    for raw in text.splitlines():
        line = " ".join(raw.partition("#")[0].split())
        name, colon, value = (part.strip() for part in line.partition(":"))
        name = name.lower()
        if not colon:
            continue
        if name == "user-agent":
            if not open_:
                out.append(_Group())
            out[-1].agents.append(value.lower())
        elif name in ("allow", "disallow", "disallowaitraining", *_REFUSED):
            path, value = _split(name, value)
            out[-1].rules.append(_Rule(name, path, value, line))
        open_ = name == "user-agent" or (open_ and name == "sitemap")
    return out


def _split(name: str, value: str) -> tuple[str, str]:
    """The path and the preferences of a rule."""
    if name not in _REFUSED:
        return value, ""
    path, _, rest = value.partition(" ")
    return (path, rest) if path.startswith("/") else ("", value)


def _rules_for(groups: list[_Group], agent: str) -> list[_Rule]:
    """The rules of the groups that name an agent, else of those for everybody; the nameless ones always."""
    named = [group for group in groups[1:] if agent in group.agents]
    chosen = named or [group for group in groups[1:] if "*" in group.agents]
    return [rule for group in (groups[0], *chosen) for rule in group.rules]


def _applying(rules: list[_Rule], path: str) -> list[_Rule]:
    """Of each kind of rule those with the longest path that matches; equally long ones stand side by side."""
    out: list[_Rule] = []
    for name in (*_REFUSED, "disallowaitraining"):
        own = [rule for rule in rules if rule.name == name and _matches(rule, path)]
        longest = max((len(rule.path) for rule in own), default=0)
        out += [rule for rule in own if len(rule.path) == longest]
    return out


def _shut(rules: list[_Rule], path: str) -> bool:
    """Whether Allow and Disallow keep an agent off a path: the longest match counts, Allow wins ties."""
    lengths = {
        name: max((len(r.path) for r in rules if r.name == name and r.path and _matches(r, path)), default=-1)
        for name in ("allow", "disallow")
    }
    return lengths["disallow"] > lengths["allow"]


def _matches(rule: _Rule, path: str) -> bool:
    """Whether a rule's path, with `*` for anything and `$` for the end, begins a path; a training ban needs one."""
    if not rule.path:
        return rule.name in _REFUSED
    pattern, ends = unquote(rule.path.rstrip("$")), rule.path.endswith("$")
    first, *pieces = pattern.split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or at == len(path) or bool(pieces and path.endswith(pieces[-1]))


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")


# --- headers and page ------------------------------------------------------------------------------------


def _in_headers(sent: list[tuple[str, str]], agent: str) -> Iterator[_Statement]:
    for name, value in sent:
        if name in _REFUSED:
            for use in _refused(name, value):
                yield _Statement(use, f"header: {name}: {value}")
        elif name == "x-robots-tag" and _BANS & _directives(value, agent):
            yield _Statement("noai", f"header: {name}: {value}")


def _refused(name: str, value: str) -> list[str]:
    """The uses that a list like `search=yes, ai-train=no` refuses."""
    pairs = (piece.partition("=") for piece in value.lower().split(","))
    return [use.strip() for use, _, said in pairs if said.partition(";")[0].strip() == _REFUSED[name]]


def _directives(value: str, agent: str) -> set[str]:
    """The directives of an X-Robots-Tag that speak to an agent: `googlebot: noai, nofollow` speaks to one alone."""
    out, ours = set(), True
    for piece in value.lower().split(","):
        name, colon, rest = (part.strip() for part in piece.partition(":"))
        if colon and name not in _WITH_VALUE:
            ours, name = name == agent, rest
        if ours:
            out.add(name)
    return out


def _in_meta(tags: Iterable[tuple[str, str]], agent: str) -> Iterator[str]:
    for name, content in tags:
        directives = {piece.strip() for piece in content.lower().split(",")}
        if name in ("robots", agent) and _BANS & directives:
            yield f'page: <meta name="{name}" content="{content}">'


def _mining(
    url: str, tags: Iterable[tuple[str, str]], sent: Iterable[tuple[str, str]], file: str
) -> list[_Statement]:
    """Reserved text mining: the page's own word stands over the header's, and that over the file's."""
    for place, pairs in (("page: meta", tags), ("header:", sent), ("tdmrep.json:", _in_file(file, url))):
        said = [value.strip() for name, value in pairs if name == "tdm-reservation"]
        if said:
            return [_Statement("tdm-reservation", f"{place} tdm-reservation: 1")] if "1" in said else []
    return []


def _in_file(text: str, url: str) -> list[tuple[str, str]]:
    """The reservation of the first entry of tdmrep.json whose location matches."""
    try:
        entries: Any = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        return []
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and isinstance(location := entry.get("location"), str):
            rule = _Rule("disallow", location, "", "")
            if _matches(rule, _path(url)):
                said = entry.get("tdm-reservation")
                return [("tdm-reservation", str(said) if isinstance(said, str | int | float) else "")]
    return []


def _meta_tags(page: bytes) -> Iterator[tuple[str, str]]:
    """Name (in lower case) and content of the meta tags near a page's beginning, none in comments or scripts."""
    plain = page[:_HEAD].replace(b"\0", b"")  # in UTF-16 every second byte of markup is zero
    text = _shown(plain.decode("utf-8", "replace"))
    for match in _META.finditer(text):
        pairs = {
            m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(match[1])
        }
        if "name" in pairs and "content" in pairs:
            yield pairs["name"].strip().lower(), " ".join(pairs["content"].split())


def _shown(text: str) -> str:
    """The markup without comments and scripts; one that is never closed goes on to the end."""
    for opening, closing in _HIDDEN:
        pieces, at = [], 0
        while start := opening.search(text, at):
            pieces.append(text[at : start.start()])
            end = closing.search(text, start.end())
            at = end.end() if end else len(text)
        text = "".join([*pieces, text[at:]])
    return text
