"""Any other model: small random ones made here, of both kinds, in the place of the shipped one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from narrative.errors import NarrativeError
from narrative.read.encoder import Pair
from narrative.read.foreign import Foreign, load_model
from narrative.read.page import article_of_text
from narrative.read.reader import read_article
from narrative.targets import Targets
from narrative.terms import Span
from tests.shell import narrative

SENTIMENT = ("positive", "negative", "neutral")  # as FinBERT names them
INFERENCE = ("entailment", "neutral", "contradiction")
TEXT = "A call\n\n“Small caps will beat mega-cap tech,” said Ann Lee, chief strategist at Harbor Pine."


def made(folder: Path, labels: tuple[str, ...]) -> Path:
    """A BERT of two layers and random weights with its tokenizer, saved as the library saves any model."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,-"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(sum(map(len, labels)))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sentiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("models") / "sentiment", SENTIMENT)


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("models") / "inference", INFERENCE)


def asked(target: str) -> Pair:
    return Pair(target, "She said: small caps will run.", (Span(10, 29),), (Span(10, 20),))


def test_the_classes_are_found_by_their_names(sentiment: Path, targets: Targets, tmp_path: Path) -> None:
    """The same weights under names in another order give the same answer under other names."""
    import shutil

    turned = tmp_path / "turned"
    shutil.copytree(sentiment, turned)
    config = json.loads((turned / "config.json").read_text())
    config["id2label"] = {"0": "Negative", "1": "Positive", "2": "Neutral"}
    (turned / "config.json").write_text(json.dumps(config))
    one, two = (Foreign(str(folder), targets).judge(asked("small caps")) for folder in (sentiment, turned))
    assert (one.bullish, one.bearish, one.neutral) == pytest.approx((two.bearish, two.bullish, two.neutral))
    assert one.judged == two.judged == 1.0
    assert one.bullish + one.bearish + one.neutral == pytest.approx(1)


def test_a_sentiment_model_knows_no_target_and_an_inference_model_does(
    sentiment: Path, inference: Path, targets: Targets
) -> None:
    for folder, same in ((sentiment, True), (inference, False)):
        model = Foreign(str(folder), targets)
        one, two = model.judge(asked("small caps")), model.judge(asked("a soft landing of the economy"))
        assert (one == two) is same


def test_it_judges_what_the_shipped_model_finds(sentiment: Path, targets: Targets) -> None:
    article = article_of_text(TEXT, path="a", url="", title="", outlet="", published=None, available_at=None)
    reading = read_article(article, load_model(str(sentiment), targets), targets)
    assert [statement.speaker for statement in reading.statements] == ["Ann Lee"]
    assert {"small_caps", "mega_cap_tech"} <= {view.target for view in reading.views}
    assert reading.vintage.model.startswith("sentiment+")


def test_other_weights_are_another_model(sentiment: Path, inference: Path, targets: Targets) -> None:
    names = {Foreign(str(folder), targets).name.split("+")[1] for folder in (sentiment, inference)}
    assert len(names) == 2


def test_the_command_takes_it(sentiment: Path) -> None:
    line = json.dumps({"text": "We would sell oil.", "target": "oil"})
    done = narrative("stance", "--model", sentiment, cwd=sentiment, stdin=line.encode())
    judged = json.loads(done.out)
    assert judged["stance"] in ("bullish", "bearish", "neutral")
    assert judged["bullish"] + judged["bearish"] + judged["neutral"] == pytest.approx(1, abs=1e-5)


BROKEN = [
    # name, labels or None for an empty folder, what the message says
    ("other", ("joy", "anger", "fear"), "joy, anger, fear; needed are positive"),
    ("two", ("positive", "negative"), "needed are positive"),
    ("empty", None, "no usable model in"),
    ("missing", (), "no usable model at"),
]


@pytest.mark.parametrize(("name", "labels", "told"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_cannot_be_used_is_told_in_one_line(
    name: str, labels: tuple[str, ...] | None, told: str, targets: Targets, tmp_path: Path
) -> None:
    folder = tmp_path / name
    if labels:
        made(folder, labels)
    elif labels is None:
        folder.mkdir()
    with pytest.raises(NarrativeError, match=told) as caught:
        load_model(str(folder), targets)
    assert "\n" not in str(caught.value)


def test_without_the_extra_the_install_line_is_told(sentiment: Path) -> None:
    """Where the library is missing, as in a base install."""
    program = (
        "import sys; sys.modules['transformers'] = None\n"
        "from narrative.commands import main\n"
        f"sys.argv = ['narrative', 'stance', '--model', {str(sentiment)!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install torch transformers" in done.stderr
    assert done.stderr.count("\n") == 1
