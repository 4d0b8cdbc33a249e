"""Whole articles of 600 words a second, from HTML and text; the extractor alone, a FinBERT-sized model, and the limit.

A machine that does other work meanwhile makes the clock unfair; seconds of the processor are not, or less so. Both are told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from narrative.read.corpus import as_article, read_corpus, split_of
from narrative.read.encoder import Judged, Pair, Reader, load_reader, pair_inputs
from narrative.read.parallel import cores
from narrative.read.passages import passages
from narrative.read.reader import read_article
from narrative.read.tags import Raw
from narrative.read.windows import Window
from narrative.scale.triage import Triage
from narrative.targets import Targets, load_targets
from narrative.terms import Article, Passage
from tests.bench.material import ROOT, long_articles, page_of
from tests.bench.table import Row
from tests.bench.workers import Form, Share, Total, run, together

_WIDTH, _LAYERS = 384, 6
#: multiply-adds of one token in one layer: four products of width x width, two of width x four widths
_OF_TOKEN = 12 * _WIDTH**2
_BATCH = 16
_SHARE = 3  # articles handed to a worker at a time


class Spent(NamedTuple):
    """Seconds by the clock, and of all the processor's cores."""

    wall: float
    cpu: float


def reading_rates() -> list[Row]:
    """Measure everything on the same articles in one run."""
    reader, targets = load_reader(), load_targets()
    texts = long_articles()
    rows, totals = _workers_rows(len(texts))
    page, text = totals["html", cores()], totals["text", cores()]
    plain, extractor = _finbert(texts), _extractor(texts)
    adds = _multiply_adds(texts, reader, targets) / len(texts)
    most = _int8_rate()
    return [
        *rows,
        Row(
            "sentences and views",
            f"{page.rate * page.sentences / page.articles:,.0f} and {page.rate * page.views / page.articles:,.0f} a second",
            f"from HTML, {cores()} workers",
        ),
        _row("trafilatura alone", len(texts), extractor, "text, title and authors of the same pages"),
        _row(
            "FinBERT-sized, their sentences",
            len(texts),
            plain,
            "random weights, fp32, batches of 16, length-sorted",
        ),
        Row(
            "times as fast as that",
            f"{plain.cpu / page.cpu:,.1f} and {plain.cpu / text.cpu:,.1f}",
            "from HTML and from text, by seconds of a core",
        ),
        Row("model's work", f"{adds / 1e9:,.1f} G", "int8 multiply-adds an article"),
        Row("a core's int8", f"{most / 1e9:,.0f} G/s", "multiply-adds of one large product on one thread"),
        Row(
            "ceiling of that",
            f"{cores() * most / adds:,.1f} articles/s",
            f"if nothing else took time; {adds / most / text.each:.0%} of it is reached from text, by seconds of a core",
        ),
        _triage_row(targets),
    ]


def _workers_rows(count: int) -> tuple[list[Row], dict[tuple[Form, int], Total]]:
    totals: dict[tuple[Form, int], Total] = {}
    rows = []
    forms: tuple[Form, ...] = ("html", "text")
    for form in forms:
        for workers in sorted({1, cores()}):
            shares = [
                Share("long", form, range(at, min(count, at + _SHARE))) for at in range(0, count, _SHARE)
            ]
            total = totals[form, workers] = together(run(shares, workers))
            rows.append(
                Row(
                    f"600 words, from {form}, {workers} worker{'s' if workers > 1 else ''}",
                    f"{total.rate:,.1f} articles/s",
                    f"{1000 * total.each:,.0f} ms of a core an article; {total.peak / 2**20:,.0f} MiB a worker",
                )
            )
    return rows, totals


def _row(name: str, count: int, spent: Spent, remark: str) -> Row:
    return Row(
        name,
        f"{count / spent.wall:,.2f} articles/s",
        f"{1000 * spent.cpu / count:,.0f} ms of a core an article; {remark}",
    )


def _triage_row(targets: Targets) -> Row:
    """Of the annotated views of the test split, those in articles that triage lets through."""
    triage = Triage(targets)
    found = [gold for gold in read_corpus(ROOT / "corpus" / "articles") if split_of(gold) == "test"]
    every = sum(len(gold.views) for gold in found)
    kept = sum(len(gold.views) for gold in found if triage.page(page_of(as_article(gold))) is None)
    return Row(
        "triage's recall", f"{kept / every:.4f}", f"{kept} of {every} annotated views of the test split"
    )


def _spent(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def _extractor(texts: Sequence[Article]) -> Spent:
    """The extractor as it is commonly called, without anything that this project does about it."""
    import trafilatura

    pages = [page_of(text).body.decode() for text in texts]
    # The headline makes the date finder load its languages, once a process.
    headed = pages[0].replace("<h1>", "<h1>Index 2000 gains 6: ")
    trafilatura.bare_extraction(headed, with_metadata=True)
    return _spent(lambda: [trafilatura.bare_extraction(page, with_metadata=True) for page in pages])


def _finbert(texts: Sequence[Article]) -> Spent:
    """Seconds for every sentence of the articles, by a BERT-base classifier; its weights do not matter for that."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.set_num_threads(cores())
    model = BertForSequenceClassification(BertConfig(num_labels=3)).eval()
    lengths = sorted(
        2 + len(text.text[start:end].split()) * 4 // 3
        for text in texts
        for passage in passages(text)
        for start, end in passage.sentences
    )
    batches = [lengths[at : at + _BATCH] for at in range(0, len(lengths), _BATCH)]
    rng = np.random.default_rng(1)
    with torch.inference_mode():
        inputs = [torch.from_numpy(rng.integers(1000, 20000, (len(batch), max(batch)))) for batch in batches]
        model(inputs[0])
        return _spent(lambda: [model(batch) for batch in inputs])


class _Counting:
    """The model, and how many tokens each of its answers took."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.name, self.trained_through, self.topics = reader.name, reader.trained_through, reader.topics
        self.abstain_below, self.view_above = reader.abstain_below, reader.view_above
        self.lengths: list[int] = []

    def judge(self, pair: Pair) -> Judged:
        self.lengths.append(len(pair_inputs(pair, self._reader.tokenizer).ids))
        return self._reader.judge(pair)

    def windows(self, text: str, passages: Sequence[Passage]) -> tuple[Window, ...]:
        return self._reader.windows(text, passages)

    def tag(self, window: Window) -> Raw:
        self.lengths.append(len(window.ids))
        return self._reader.tag(window)


def _multiply_adds(texts: Sequence[Article], reader: Reader, targets: Targets) -> float:
    """What the model computes: the tokens of all windows and of all pairs, through six layers, attention included."""
    counting = _Counting(reader)
    for text in texts:
        read_article(text, counting, targets)
    return float(sum(_LAYERS * n * (_OF_TOKEN + 2 * n * _WIDTH) for n in counting.lengths))


def _int8_rate() -> float:
    """Multiply-adds a second of a large int8 matrix product by the same library, on one core."""
    import onnxruntime
    from onnx import TensorProto, helper

    size = 2048
    weights = np.random.default_rng(1).integers(-127, 127, (size, size)).astype(np.int8)
    node = helper.make_node("MatMulInteger", ["a", "b"], ["c"])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [size, size])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [size, size])],
        [helper.make_tensor("b", TensorProto.INT8, [size, size], weights.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {"a": np.random.default_rng(2).integers(0, 255, (size, size)).astype(np.uint8)}
    session.run(None, given)
    return float(size) ** 3 / min(_spent(lambda: session.run(None, given)).cpu for _ in range(5))
