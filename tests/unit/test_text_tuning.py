"""Fine-tuning an encoder of texts: what people judged moves it, and the written encoder says the same."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from components.text import TextEncoderConfig, open_text_encoder
from components.text.config import TuningConfig
from components.text.tuning import JudgedTexts, TurnedEncoder, turn, turned, write_turned
from components.text.weights import write_text_encoder

WORDS = ["sofa", "couch", "lamp", "light"]
CONFIG = TuningConfig(rank=8, epochs=20, batch_size=8, learning_rate=0.01)


def _network(vectors_VD: np.ndarray) -> bytes:
    """States are the vectors of tokens."""
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["N", "T"]) for name in ("input_ids",)]
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["N", "T"])
    states = helper.make_tensor_value_info("states", TensorProto.FLOAT, ["N", "T", vectors_VD.shape[1]])
    nodes = [
        helper.make_node("Gather", ["vectors", "input_ids"], ["states"]),
        helper.make_node("Identity", ["attention_mask"], ["read"]),
    ]
    graph = helper.make_graph(
        nodes, "states", [*given, mask], [states], [numpy_helper.from_array(vectors_VD, "vectors")]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def _judged(rng: np.random.Generator, words_2D: np.ndarray, rows: int) -> tuple[list[JudgedTexts], np.ndarray]:
    """Queries like the first word, whose answers are like the second; other texts are no answer."""
    noise_ND = rng.normal(size=(rows, words_2D.shape[1])).astype(np.float32)
    texts_ND = np.where(np.arange(rows)[:, None] % 2, words_2D[1], 0) + 0.5 * noise_ND
    texts_ND /= np.linalg.norm(texts_ND, axis=1, keepdims=True)
    queries_ND = words_2D[0] + 0.1 * rng.normal(size=(rows // 4, words_2D.shape[1]))
    places = np.arange(rows).reshape(-1, 4)
    return [JudgedTexts(one, of, np.where(of % 2, 3.0, 0.0)) for one, of in zip(queries_ND, places, strict=True)], (
        texts_ND.astype(np.float32)
    )


def test_what_answers_comes_nearer_and_the_rest_does_not():
    rng = np.random.default_rng(0)
    words_2D = np.eye(16, dtype=np.float32)[:2]
    judged, texts_ND = _judged(rng, words_2D, 128)
    weight_DD = turn(judged, texts_ND, CONFIG, 0, lambda *_: None)
    unseen, unseen_ND = _judged(rng, words_2D, 64)
    cosine_N = turned(unseen_ND, weight_DD) @ turned(np.stack([one.query_D for one in unseen]), weight_DD).mean(axis=0)
    before_N = unseen_ND @ np.stack([one.query_D for one in unseen]).mean(axis=0)

    def apart(of_N: np.ndarray) -> float:
        return float(of_N[1::2].mean() - of_N[::2].mean())

    assert apart(before_N) < 0.1
    assert apart(cosine_N) > 0.2
    assert (turn(judged, texts_ND, CONFIG, 0, lambda *_: None) == weight_DD).all()


@pytest.mark.parametrize("kind", ["network", "vectors"])
def test_the_written_encoder_is_the_turned_one(kind: str, tmp_path: Path):
    rng = np.random.default_rng(0)
    vectors_VD = rng.normal(size=(5, 8)).astype(np.float32)
    source = tmp_path / "source"
    source.mkdir()
    tokenizer = Tokenizer(models.WordLevel(dict(zip(["[UNK]", *WORDS], range(5), strict=True)), unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    tokenizer.save(str(source / "tokenizer.json"))
    if kind == "network":
        (source / "model.onnx").write_bytes(_network(vectors_VD))
    else:
        from safetensors.numpy import save_file

        save_file({"vectors": vectors_VD}, source / "model.safetensors")
    folder = tmp_path / "made"
    write_text_encoder(TextEncoderConfig(weights=str(source)), folder)
    plain, weight_DD = open_text_encoder(folder), rng.normal(size=(8, 8)).astype(np.float32)
    write_turned(folder, weight_DD)
    texts = ["sofa lamp", "light couch sofa", ""]
    assert open_text_encoder(folder).encode(texts) == pytest.approx(
        TurnedEncoder(plain, weight_DD).encode(texts), abs=2e-3
    )
    if kind == "network":
        onnx.checker.check_model(onnx.load(folder / "model.onnx"))
