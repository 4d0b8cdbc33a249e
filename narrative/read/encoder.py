"""The one door to the model: turns a (statement in context, target) pair into probabilities, and a window of text into tags.

The shipped model is one int8 ONNX file beside its tokenizer and a `reader.toml`; onnxruntime runs it one pair or window a call,
unpadded, so that a probability never depends on what else is judged. In a pair the text is given with the statement and the
names of the target set between marker tokens; training builds its inputs with the same functions.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from narrative import bundled
from narrative.errors import NarrativeError
from narrative.read.tags import LINKS, WIDTH, Raw
from narrative.read.windows import Window, windows
from narrative.terms import Passage, Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLASSES = ("bullish", "bearish", "neutral", "unjudged")
MAX_TOKENS = 192
# Unused rows of the vocabulary serve as markers: statement begins, ends, target begins, ends, who speaks.
_SAID, _END_SAID, _NAMED, _END_NAMED, _VOICE = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A question to the model. `said` and `named` are spans of the statement and of the target's names in `text`.

    `voice` says in a few words who speaks; empty when that is not known.
    """

    target: str
    text: str
    said: tuple[Span, ...] = ()
    named: tuple[Span, ...] = ()
    voice: str = ""


class Judged(NamedTuple):
    """Probabilities of one pair; the first three sum to one, `judged` is the chance that there is a view at all."""

    bullish: float
    bearish: float
    neutral: float
    judged: float


class StanceModel(Protocol):
    """What the reader needs of a model."""

    name: str
    trained_through: date | None
    abstain_below: float
    view_above: float

    def judge(self, pair: Pair) -> Judged:
        """Return the probabilities of one pair."""
        ...


class Inputs(NamedTuple):
    """Token ids of one pair, their segment ids, and a mask over the tokens that name the target."""

    ids: list[int]
    types: list[int]
    names: list[float]


def pair_inputs(pair: Pair, tokenizer: Tokenizer, limit: int = MAX_TOKENS) -> Inputs:
    """Build the model's input for one pair: [CLS] target, voice [SEP] text with markers [SEP], at most `limit` tokens.

    A text too long for the limit keeps the window around the statement.
    """
    cls, sep = (int(tokenizer.token_to_id(token) or 0) for token in ("[CLS]", "[SEP]"))
    head = list(_tokens(tokenizer, pair.target)[0][:24])
    if pair.voice:
        head += [_VOICE, *_tokens(tokenizer, pair.voice)[0][:12]]
    ids: list[int] = []
    names: list[float] = []
    opening = _marks(pair)
    for token, (start, end) in zip(*_tokens(tokenizer, pair.text), strict=True):
        while opening and int(opening[0][0]) <= start:
            marker = opening.pop(0)[1]
            ids.append(marker)
            names.append(1.0 if marker == _NAMED else 0.0)
        ids.append(token)
        names.append(1.0 if pair.named and _within(start, end, pair.named) else 0.0)
    for _, marker in opening:
        ids.append(marker)
        names.append(0.0)
    ids, names = _window(ids, names, limit - len(head) - 3)
    return Inputs(
        [cls, *head, sep, *ids, sep],
        [0] * (len(head) + 2) + [1] * (len(ids) + 1),
        [0.0] * (len(head) + 2) + names + [0.0],
    )


def _within(start: int, end: int, spans: Iterable[Span]) -> bool:
    return any(low <= start and end <= high for low, high in spans)


@lru_cache(maxsize=128)
def _tokens(tokenizer: Tokenizer, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids and offsets; kept for a while, since a statement is asked about several targets in the same words."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    return encoded.ids, encoded.offsets


def _marks(pair: Pair) -> list[tuple[float, int]]:
    """Markers with the offset before which they stand; an end marker sorts before a begin marker at one place."""
    marks = [(s + 0.2, _SAID) for s, _ in pair.said] + [(e + 0.1, _END_SAID) for _, e in pair.said]
    marks += [(s + 0.3, _NAMED) for s, _ in pair.named] + [(e + 0.0, _END_NAMED) for _, e in pair.named]
    return sorted(marks)


def _window(ids: list[int], names: list[float], room: int) -> tuple[list[int], list[float]]:
    if len(ids) <= room:
        return ids, names
    first = ids.index(_SAID) if _SAID in ids else 0
    last = len(ids) - ids[::-1].index(_END_SAID) if _END_SAID in ids else room
    spare = max(0, room - (last - first))
    start = max(0, min(first - spare // 2, len(ids) - room))
    return ids[start : start + room], names[start : start + room]


class Reader:
    """The shipped model: `reader.onnx`, `tokenizer.json` and `reader.toml` in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            settings = tomllib.loads((folder / "reader.toml").read_text(encoding="utf-8"))
            self.trained_through: date | None = settings["trained_through"]
            self.abstain_below = float(settings["abstain_below"])
            self.view_above = float(settings["view_above"])
            self._temperature = float(settings["temperature"])
            self.topics = tuple(map(str, settings["topics"]))
            self._weights = (folder / "reader.onnx").read_bytes()
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise _unusable(folder, error) from error
        self.name = f"reader+{hashlib.sha256(self._weights).hexdigest()[:8]}"

    def judge(self, pair: Pair) -> Judged:
        """Return the probabilities of one pair. Deterministic: one pair a call, no padding, one thread."""
        return probabilities(self.logits(pair), self._temperature)

    def logits(self, pair: Pair) -> np.ndarray:
        """Return the four logits of one pair, in the order of CLASSES, before temperature."""
        inputs = pair_inputs(pair, self.tokenizer)
        return np.asarray(self._answer(inputs.ids, inputs.types, inputs.names, tagging=False)[0])

    def windows(self, text: str, passages: Sequence[Passage]) -> tuple[Window, ...]:
        """Cut passages into the windows that `tag` reads."""
        return windows(text, passages, self.tokenizer)

    def tag(self, window: Window) -> Raw:
        """Return label logits, link vectors and target logits of one window, one row a token."""
        answer = self._answer(window.ids, window.kinds, [0.0] * len(window.ids), tagging=True)
        return Raw(answer[:, :WIDTH], answer[:, WIDTH : WIDTH + LINKS], answer[:, WIDTH + LINKS :])

    def _answer(
        self, ids: Sequence[int], kinds: Sequence[int], names: Sequence[float], *, tagging: bool
    ) -> np.ndarray:
        (answer,) = self._session.run(
            None,
            {
                "ids": np.array([ids], dtype=np.int64),
                "kinds": np.array([kinds], dtype=np.int64),
                "names": np.array([names], dtype=np.float32),
                "tagging": np.array(tagging),
            },
        )
        return np.asarray(answer)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, without truncation and padding."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return tokenizer
        except Exception as error:  # the library raises nothing narrower
            raise _unusable(self.folder, error) from error

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(self._weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors share no base but this one
            raise _unusable(self.folder, error) from error


def _unusable(folder: Path, error: Exception) -> NarrativeError:
    return NarrativeError(f"no usable model in {folder}: {error}; reinstall narrative or train one")


def probabilities(logits: np.ndarray, temperature: float) -> Judged:
    """Turn four logits into three stance probabilities and the chance of a view, after temperature scaling.

    Guo et al. (2017), On Calibration of Modern Neural Networks: softmax(logits / T).
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    weights = np.exp(scaled - scaled.max())
    stance = weights[:3] / weights[:3].sum()
    return Judged(float(stance[0]), float(stance[1]), float(stance[2]), float(1 - weights[3] / weights.sum()))


def load_reader(folder: Path | None = None) -> Reader:
    """Return the model in `folder`, by default the shipped one. Raises NarrativeError when it is missing."""
    return Reader(folder or bundled.bundled("models/reader"))
