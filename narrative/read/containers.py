"""Where a page's running text stands: the containers of one form that hold most of its paragraphs.

A second, simple reading of a page beside the extractor's. Publishers cut an article into several containers to put
advertisements in between; the containers have the same path of tags and classes from the page's root, and an
extractor that takes one of them for the article loses the others. What is lost in this way can be told and put back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

from narrative.read.repeats import shingles

_LONG = 20  # words from which a paragraph tells where running text stands
_TEASER = 12  # words from which a card's paragraph is one
_CARDS = 3  # containers of one form that make a list of cards
_LINK = 3  # words of a link that leads to another article
_SHARE = 0.5  # of the largest group's words: the first group with as many is the page's own article
_TELLING = 5  # words of a shingle by which a paragraph is found in a text
_FOUND = 0.5  # of a paragraph's shingles that stand in a text, from which it was extracted
_BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote", "pre")
_SIDES = ("nav", "aside", "footer", "form", "header", "figure", "figcaption", "table")
_NO_TEXT = ("button", "dialog", "template", "noscript", "script", "style")
_OUTSIDE = frozenset((*_SIDES, *_NO_TEXT))
_NAMED_OUTSIDE = re.compile(
    r"(?i)(?<!\S)(?:comment|related|promo|newsletter|cookie|consent|footer|sidebar|recommend|recirc|sponsor)"
)


@dataclass(frozen=True, slots=True)
class Container:
    """One element with running text: its blocks in order, and those of them that are long paragraphs."""

    blocks: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """The containers of a page's own article in document order; none on a page without long paragraphs.

    `teasers` are the paragraphs of cards behind the article that lead to other pages.
    """

    containers: tuple[Container, ...] = ()
    teasers: tuple[str, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The long paragraphs, each once."""
        return tuple(dict.fromkeys(p for container in self.containers for p in container.paragraphs))

    @property
    def text(self) -> str:
        """The long paragraphs, one a line."""
        return "\n".join(self.paragraphs)


class _Paragraph(NamedTuple):
    """A paragraph and its place among the paragraphs and headlines of the page."""

    place: int
    words: str


_Group = dict[Any, list[_Paragraph]]
"""The containers of one form (lxml elements), with their paragraphs."""


def running(tree: Any) -> Running:
    """Read the running text of a parsed page (an lxml element).

    Paragraphs are grouped by the path of their container, by the article element around it and by the headline above
    it, so that a second article on the same page is another group. The first group that is long enough is the page's.
    """
    groups: dict[object, _Group] = {}
    forms, headline = _Forms(), 0
    for place, node in enumerate(tree.iter("p", "h1")):
        if node.tag == "h1":
            headline += 1
        elif len((words := _words(node)).split()) >= _TEASER:
            parent = node.getparent()
            groups.setdefault((forms.form(parent), headline), {}).setdefault(parent, []).append(
                _Paragraph(place, words)
            )
    long = {form: own for form, group in groups.items() if (own := _long(group, forms))}
    sizes = {form: sum(len(p.words) for own in group.values() for p in own) for form, group in long.items()}
    for form, group in long.items():
        if sizes[form] >= _SHARE * max(sizes.values()):
            end = max(p.place for own in group.values() for p in own)
            return Running(
                tuple(_container(node, [p.words for p in own]) for node, own in group.items()),
                tuple(words for other in groups.values() for words in _teasers(other, end)),
            )
    return Running()


def restored(text: str, found: Running) -> str:
    """Put the containers back that an extracted text lacks altogether, where they stood among the others.

    Nothing is done unless the text has one of the containers: then what it is cannot be told. Single paragraphs that
    the extractor left out of a container it took are its choice and stay out.
    """
    have = shingles(text, _TELLING)
    taken = [[p for p in container.paragraphs if _stands(p, have)] for container in found.containers]
    if all(taken) or not any(taken):
        return text
    lines = text.split("\n")
    line_of = {shingle: i for i, line in enumerate(lines) for shingle in shingles(line, _TELLING)}
    at = _line(next(own[0] for own in taken if own), line_of, 0)  # before it belongs what is lost ahead of it
    put_back: defaultdict[int, list[str]] = defaultdict(list)
    for container, own in zip(found.containers, taken, strict=True):
        if own:
            at = _line(own[-1], line_of, at - 1) + 1
        else:
            put_back[at] += container.blocks
    return "\n".join(
        line for i, own in enumerate([*lines, None]) for line in (*put_back[i], own) if line is not None
    )


def without_teasers(text: str, found: Running) -> str:
    """Cut the lines that stand in cards behind the article and not in the article."""
    cards = {shingle for words in found.teasers for shingle in shingles(words, _TELLING)}
    own = shingles(found.text, _TELLING)
    if not cards:
        return text
    return "\n".join(line for line in text.split("\n") if not _is_in(line, cards) or _is_in(line, own))


def missing(paragraphs: Sequence[str], text: str) -> int:
    """Estimate how many words of the paragraphs do not stand in a text, by their shingles."""
    have = shingles(text, _TELLING)
    return round(sum(len(words.split()) * (1 - _share(words, have)) for words in paragraphs))


def _stands(paragraph: str, have: AbstractSet[str]) -> bool:
    return _share(paragraph, have) >= _FOUND


def _share(paragraph: str, have: AbstractSet[str]) -> float:
    """The share of a paragraph's shingles among those of a text; all of them for a paragraph too short to have any."""
    own = shingles(paragraph, _TELLING)
    return len(own & have) / len(own) if own else 1.0


def _is_in(line: str, have: AbstractSet[str]) -> bool:
    """Whether a line, long enough to tell, stands in the text whose shingles these are."""
    return len(line.split()) > _TELLING and _stands(line, have)


def _words(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


class _Forms:
    """The forms of containers, each ancestor looked at once: a page may have thousands of containers under long names."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._forms: dict[Any, int] = {}
        self._outside: dict[Any, bool] = {}

    def form(self, node: Any) -> int:
        """A number for the path of a container with the article element around it."""
        form = 0
        for inner in reversed(self._unknown(node, self._forms)):
            form = self._forms.get(inner.getparent(), 0)
            own = inner if inner.tag == "article" else None
            step = (form, own, inner.tag, *sorted((inner.get("class") or "").split()))
            form = self._forms[inner] = self._numbers.setdefault(step, len(self._numbers) + 1)
        return self._forms.get(node, form)

    def is_outside(self, node: Any) -> bool:
        """Whether a container lies in a part of the page that is outside of any article."""
        for inner in reversed(self._unknown(node, self._outside)):
            names = f"{inner.get('class') or ''} {inner.get('id') or ''}"
            self._outside[inner] = (
                self._outside.get(inner.getparent(), False)
                or inner.tag in _OUTSIDE
                or bool(_NAMED_OUTSIDE.search(names))
            )
        return self._outside.get(node, False)

    @staticmethod
    def _unknown(node: Any, known: Mapping[Any, object]) -> list[Any]:
        """A node and its ancestors up to the body, or up to the first that is known."""
        out = []
        while node is not None and node.tag != "body" and node not in known:
            out.append(node)
            node = node.getparent()
        return out


def _long(group: _Group, forms: _Forms) -> _Group:
    """The long paragraphs of a group's containers, none for a group that lies outside of any article."""
    if forms.is_outside(next(iter(group))):
        return {}
    own = {node: [p for p in found if len(p.words.split()) >= _LONG] for node, found in group.items()}
    return {node: found for node, found in own.items() if found}


def _teasers(group: _Group, end: int) -> Iterator[str]:
    """The paragraphs of a group of cards behind the article's end: one in each of several containers, all linked."""
    if len(group) < _CARDS or any(len(found) != 1 or found[0].place <= end for found in group.values()):
        return
    parents = Counter(node.getparent() for node in group)
    if all(_is_linked(node if parents[node.getparent()] > 1 else node.getparent()) for node in group):
        yield from (p.words for found in group.values() for p in found)


def _is_linked(card: Any) -> bool:
    """Whether a card leads elsewhere: it lies in a link, or has one of some words beside its paragraph."""
    if card.tag == "a" or any(True for _ in card.iterancestors("a")):
        return True
    return any(
        len(_words(link).split()) >= _LINK and next(link.iterancestors("p"), None) is None
        for link in card.iter("a")
    )


def _container(node: Any, paragraphs: Sequence[str]) -> Container:
    return Container(tuple(_blocks(node, paragraphs[-1])), tuple(paragraphs))


def _blocks(container: Any, last: str) -> list[str]:
    """The paragraphs, headings and list items of a container up to its last long paragraph: links stand behind it.

    What lies in asides, forms and the like inside it is passed over.
    """
    outside = {inner for node in container.iter(*_OUTSIDE) if node is not container for inner in node.iter()}
    kept = [
        words
        for node in container.iter(*_BLOCKS)
        if node not in outside
        and next(node.iterdescendants(*_BLOCKS), None) is None
        and (words := _words(node))
    ]
    return kept[: max((i for i, words in enumerate(kept) if words == last), default=-1) + 1]


def _line(paragraph: str, line_of: Mapping[str, int], default: int) -> int:
    """The line of a text that holds most of a paragraph; `default` when it is broken into lines too short to tell."""
    lines = Counter(line_of[shingle] for shingle in shingles(paragraph, _TELLING) if shingle in line_of)
    return lines.most_common(1)[0][0] if lines else default
