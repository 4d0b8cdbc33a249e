"""Whole articles of 600 words a second, from HTML and from text; a FinBERT-sized model and the machine's limit beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from narrative.read.candidates import Scene
from narrative.read.encoder import Reader, load_reader, pair_inputs
from narrative.read.page import article_of
from narrative.read.parallel import cores
from narrative.read.passages import passages
from narrative.read.reader import read_article
from narrative.targets import Targets, load_targets
from narrative.terms import Article
from tests.bench.material import long_articles, page_of
from tests.bench.table import Row

_WIDTH, _LAYERS = 384, 6
#: multiply-adds of one token in one layer: four products of width x width, two of width x four widths
_OF_TOKEN = 12 * _WIDTH**2
_BATCH = 16


def reading_rates() -> list[Row]:
    """Measure everything on the same articles in one run; every rate is of the whole machine."""
    reader, targets = load_reader(), load_targets()
    texts = long_articles()
    pages = [page_of(text) for text in texts]
    read_article(texts[0], reader, targets)
    read_article(article_of(pages[0]), reader, targets)
    from_text = _seconds(lambda: [read_article(text, reader, targets) for text in texts]) / len(texts)
    from_html = _seconds(lambda: [read_article(article_of(page), reader, targets) for page in pages]) / len(
        pages
    )
    plain = _finbert_seconds(texts) / len(texts)
    adds = _multiply_adds(texts, reader, targets) / len(texts)
    most = _int8_rate()
    return [
        Row(
            "600 words, from HTML",
            f"{1 / from_html:,.1f} articles/s",
            f"{1000 * from_html:,.0f} ms an article",
        ),
        Row(
            "600 words, from text",
            f"{1 / from_text:,.1f} articles/s",
            f"{1000 * from_text:,.0f} ms an article",
        ),
        Row(
            "FinBERT-sized, their sentences",
            f"{1 / plain:,.1f} articles/s",
            "random weights, batches of 16, length-sorted",
        ),
        Row("times as fast as that", f"{plain / from_text:,.1f}", "from text"),
        Row("model's work", f"{adds / 1e9:,.1f} G", "int8 multiply-adds an article"),
        Row("this machine's int8", f"{most / 1e9:,.0f} G/s", "multiply-adds of one large product"),
        Row("ceiling of that", f"{most / adds:,.0f} articles/s", "if nothing else took time"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _finbert_seconds(texts: Sequence[Article]) -> float:
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
        return _seconds(lambda: [model(batch) for batch in inputs])


def _multiply_adds(texts: Sequence[Article], reader: Reader, targets: Targets) -> float:
    """What the model computes: the tokens of all windows and of all pairs, through six layers, attention included."""
    lengths: list[int] = []
    for text in texts:
        found = passages(text)
        lengths += [len(window.ids) for window in reader.windows(text.text, found)]
        reading = read_article(text, reader, targets)
        scene = Scene(text.text, found, reading.mentions, targets)
        lengths += [
            len(pair_inputs(candidate.pair, reader.tokenizer).ids)
            for statement in reading.statements
            for candidate in scene.candidates(statement.content, statement.firm)
        ]
    return float(sum(_LAYERS * n * (_OF_TOKEN + 2 * n * _WIDTH) for n in lengths))


def _int8_rate() -> float:
    """Multiply-adds a second of a large int8 matrix product by the same library, on all cores."""
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
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {"a": np.random.default_rng(2).integers(0, 255, (size, size)).astype(np.uint8)}
    session.run(None, given)
    repeats = 5
    return repeats * float(size) ** 3 / _seconds(lambda: [session.run(None, given) for _ in range(repeats)])
