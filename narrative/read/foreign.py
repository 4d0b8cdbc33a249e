"""Any other model: a sequence classifier for the transformers library judges in the place of the shipped one.

Two kinds are understood by the names of their classes. A finance-sentiment model (positive, negative, neutral) reads the
words that are said and knows no target. An inference model (entailment, neutral, contradiction) reads them as premise and
the target's hypothesis ("Small caps will rise.") against them. Statements and names are found by the shipped model all the
same. Neither kind can tell that a target is only mentioned, so that every candidate becomes a view.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from narrative.errors import NarrativeError
from narrative.read.encoder import Judged, Pair, Reader, load_reader
from narrative.read.tags import Raw
from narrative.read.windows import Window
from narrative.targets import Targets
from narrative.terms import Passage

_LONGEST = 512  # tokens, where the tokenizer names no limit
#: what the classes of a model are called, for bullish, bearish and neutral
_SENTIMENT = (("positive", "bullish", "pos"), ("negative", "bearish", "neg"), ("neutral", "neu"))
_INFERENCE = (("entailment",), ("contradiction",), ("neutral",))


def load_model(given: str | None, targets: Targets) -> Reader | Foreign:
    """Return the shipped model, the one of this project in a folder, or any other by folder or hub id.

    Raises NarrativeError when there is none, when its classes are not understood, or when the extra is missing.
    """
    if given is None:
        return load_reader()
    folder = Path(given)
    if folder.is_dir() and not (folder / "config.json").exists():
        return load_reader(folder)
    if not folder.is_dir() and not re.fullmatch(r"[\w.-]+/[\w.-]+", given):
        raise NarrativeError(
            f"no usable model at {given}: there is no such folder, and an id of the hub reads owner/name"
        )
    return Foreign(given, targets)


class Foreign:
    """A model of the transformers library that judges; the shipped one finds what it is asked about."""

    trained_through: date | None = None  # nobody knows what it has seen
    abstain_below = 0.5
    view_above = 0.0

    def __init__(self, given: str, targets: Targets) -> None:
        self._targets = targets
        self._finder = load_reader()
        self.topics = self._finder.topics
        self._tokenizer, self._model = _loaded(given)
        self._classes, self._infers = _classes(given, self._model.config.id2label)
        self.name = f"{Path(given).name if Path(given).is_dir() else given}+{_digest(self._model)}"

    def judge(self, pair: Pair) -> Judged:
        """Return the probabilities of one pair; `judged` is always one."""
        import torch

        said = " ".join(pair.text[start:end] for start, end in pair.said) or pair.text
        given = (said, self._hypothesis(pair.target)) if self._infers else (said,)
        limit = min(self._tokenizer.model_max_length, _LONGEST)
        with torch.inference_mode():
            inputs = self._tokenizer(*given, truncation=True, max_length=limit, return_tensors="pt")
            shares = torch.softmax(self._model(**inputs).logits[0].double(), dim=0).tolist()
        bullish, bearish, neutral = (shares[index] for index in self._classes)
        total = bullish + bearish + neutral
        return Judged(bullish / total, bearish / total, neutral / total, 1.0)

    def _hypothesis(self, name: str) -> str:
        known = self._targets.resolve(name)
        return (known.hypothesis if known else "") or f"{name[:1].upper()}{name[1:]} will rise."

    def windows(self, text: str, passages: Sequence[Passage]) -> tuple[Window, ...]:
        """Cut passages into the windows that `tag` reads."""
        return self._finder.windows(text, passages)

    def tag(self, window: Window) -> Raw:
        """Return the shipped model's answers for one window."""
        return self._finder.tag(window)


def _loaded(given: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers import logging as chatter
    except ImportError as error:
        raise NarrativeError(
            f"a model such as {given} needs PyTorch and transformers: pip install torch transformers"
        ) from error
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # its retries, told one by one
    chatter.set_verbosity_error()  # type: ignore[no-untyped-call]
    chatter.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return (
            AutoTokenizer.from_pretrained(given),
            AutoModelForSequenceClassification.from_pretrained(given).eval(),
        )
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise NarrativeError(f"no usable model at {given}: {reason}") from error


def _classes(given: str, labels: Mapping[int, str]) -> tuple[tuple[int, int, int], bool]:
    """Which of the model's classes are bullish, bearish and neutral, and whether it is an inference model."""
    names = {name.lower(): int(index) for index, name in labels.items()}
    for wanted, infers in ((_SENTIMENT, False), (_INFERENCE, True)):
        found = [next((names[name] for name in group if name in names), None) for group in wanted]
        if len(names) == len(wanted) and all(index is not None for index in found):
            return (found[0], found[1], found[2]), infers  # type: ignore[return-value]
    told = ", ".join(map(str, labels.values()))
    raise NarrativeError(
        f"the classes of {given} are {told}; needed are positive, negative, neutral or entailment, neutral, contradiction"
    )


def _digest(model: Any) -> str:
    """Eight digits of a hash over all weights: another training is another name."""
    import torch

    total = hashlib.sha256()
    for name, weights in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(weights.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()[:8]
