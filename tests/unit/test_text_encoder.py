"""Encoders of texts: a folder made by hand, and settings that name what is not there."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from components.text import TextEncoderConfig, open_text_encoder
from components.text.weights import write_text_encoder
from data.errors import UserError

VECTORS = np.array([[0, 0], [3, 4], [0, 2], [1, 0]], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`red` is (3, 4), `dress` is (0, 2)."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "red": 1, "dress": 2, "blue": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    source = tmp_path / "source"
    source.mkdir()
    tokenizer.save(str(source / "tokenizer.json"))
    save_file({"vectors": VECTORS}, source / "model.safetensors")
    return source


def test_a_text_is_the_mean_of_its_tokens(folder: Path, tmp_path: Path):
    write_text_encoder(TextEncoderConfig(weights=str(folder)), tmp_path / "made")
    encoder = open_text_encoder(tmp_path / "made")
    got = encoder.encode(["red dress", "", "red"])
    assert got == pytest.approx(np.array([[1.5, 3], [0, 0], [3, 4]]) / [[11.25**0.5], [1], [5]])


def test_no_more_tokens_are_read_than_is_said(folder: Path, tmp_path: Path):
    write_text_encoder(TextEncoderConfig(weights=str(folder), most_tokens=8), tmp_path / "made")
    encoder = open_text_encoder(tmp_path / "made")
    assert encoder.encode(["red " * 8 + "dress " * 50])[0] == pytest.approx([0.6, 0.8])


def test_a_folder_without_weights_is_refused(folder: Path, tmp_path: Path):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"has no tokenizer.json beside model.onnx or model.safetensors"):
        write_text_encoder(TextEncoderConfig(weights=str(folder)), tmp_path / "made")


def test_a_damaged_folder_is_refused(folder: Path, tmp_path: Path):
    write_text_encoder(TextEncoderConfig(weights=str(folder)), tmp_path / "made")
    np.save(tmp_path / "made" / "vectors.npy", VECTORS[:2])
    with pytest.raises(UserError, match="holds no encoder of texts"):
        open_text_encoder(tmp_path / "made")


def test_a_hub_needs_a_name():
    with pytest.raises(ValidationError, match="give the hub's repository"):
        TextEncoderConfig(weights="hub")
