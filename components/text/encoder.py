"""Encoders of texts: a folder with a tokenizer and weights opens with numpy, onnxruntime and tokenizers alone.

Legend: N texts, T tokens, V tokens of the vocabulary, D dimensions.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from components.session import open_session
from data.errors import UserError

__all__ = ["FILES", "SETTINGS", "StaticEncoder", "TextEncoder", "TransformerEncoder", "open_text_encoder"]

TOKENIZER, VECTORS, NETWORK, SETTINGS = "tokenizer.json", "vectors.npy", "model.onnx", "encoder.json"
FILES = (TOKENIZER, VECTORS, NETWORK)
BATCH = 16  # texts of like length that a transformer reads at once


class TextEncoder(Protocol):
    """Safe to call from several threads at once."""

    dim: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors float32 (N, D); zero for a text without any token."""


class StaticEncoder:
    """The mean of one vector a token, so that a text takes microseconds."""

    def __init__(self, tokenizer: Tokenizer, vectors_VD: np.ndarray, most_tokens: int) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()  # cut here: the tokenizer's own would be set for all who share it
        self._tokenizer, self.vectors_VD, self._most = tokenizer, vectors_VD, most_tokens
        self.dim = int(vectors_VD.shape[1])

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The rows of `vectors_VD` that each text is made of, in order."""
        encoded = self._tokenizer.encode_batch([_plain(text) for text in texts], add_special_tokens=False)
        return [one.ids[: self._most] for one in encoded]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `TextEncoder`."""
        mean_ND = np.zeros((len(texts), self.dim), np.float32)
        for row, tokens_T in enumerate(self.tokens(texts)):
            if tokens_T:
                mean_ND[row] = self.vectors_VD[tokens_T].mean(axis=0, dtype=np.float32)
        return _unit(mean_ND)


class TransformerEncoder:
    """The mean over a transformer's last states (Reimers and Gurevych 2019, "Sentence-BERT")."""

    def __init__(self, tokenizer: Tokenizer, session: Any, most_tokens: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(most_tokens)
        self._tokenizer, self._session = tokenizer, session
        self._wants_types = "token_type_ids" in {given.name for given in session.get_inputs()}
        self.dim = int(session.get_outputs()[0].shape[-1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `TextEncoder`."""
        encoded = self._tokenizer.encode_batch([_plain(text) for text in texts])
        tokens = [one.ids for one in encoded]
        mean_ND = np.zeros((len(texts), self.dim), np.float32)
        told = [row for row, one in enumerate(encoded) if not all(one.special_tokens_mask)]
        order_N = sorted(told, key=lambda row: len(tokens[row]))
        for rows in _cut(order_N, BATCH):
            mean_ND[rows] = self._means([tokens[row] for row in rows])
        return _unit(mean_ND)

    def _means(self, tokens: list[list[int]]) -> np.ndarray:
        length = max(1, max(map(len, tokens)))
        ids_NT = np.zeros((len(tokens), length), np.int64)
        mask_NT = np.zeros((len(tokens), length), np.int64)
        for row, ids in enumerate(tokens):
            ids_NT[row, : len(ids)] = ids
            mask_NT[row, : len(ids)] = 1
        given = {"input_ids": ids_NT, "attention_mask": mask_NT}
        if self._wants_types:
            given["token_type_ids"] = np.zeros_like(ids_NT)
        states_NTD = self._session.run(None, given)[0]
        return np.asarray((states_NTD * mask_NT[..., None]).sum(axis=1) / np.maximum(mask_NT.sum(axis=1), 1)[:, None])


def open_text_encoder(folder: Path, threads: int = 1) -> StaticEncoder | TransformerEncoder:
    """The encoder that `components.text.weights.write_text_encoder` left in `folder`.

    Raises:
        UserError: files are missing or damaged.
    """
    try:
        tokenizer = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
        most_tokens = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["most_tokens"]
        if (folder / VECTORS).is_file():
            vectors_VD = np.load(folder / VECTORS, allow_pickle=False).astype(np.float32)
            if tokenizer.get_vocab_size() > len(vectors_VD):
                raise ValueError(f"{tokenizer.get_vocab_size()} tokens, {len(vectors_VD)} vectors")
            return StaticEncoder(tokenizer, vectors_VD, most_tokens)
        return TransformerEncoder(tokenizer, open_session(folder / NETWORK, threads), most_tokens)
    except Exception as error:  # tokenizers and onnxruntime raise what has no class of its own
        reason = str(error).splitlines()[0]
        raise UserError(f"{folder} holds no encoder of texts ({reason}); make or fetch it again") from None


def _plain(text: str) -> str:
    """Without halves of characters, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _unit(vectors_ND: np.ndarray) -> np.ndarray:
    return vectors_ND / np.maximum(np.linalg.norm(vectors_ND, axis=1, keepdims=True), 1e-9)


def _cut(rows: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])
