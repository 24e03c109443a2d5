"""Texts and pictures in one space without any training: colours of a grid, and the least squares of words onto them.

Legend: N pictures, T dimensions of tokens, D of the grid, L values of all attributes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from components.finding.networks import DESCRIPTION, PICTURES, TEXTS
from components.session import open_session
from data.files import write_json
from data.images import square
from tests.grid import DIM, SIZE_PX, network

__all__ = ["write_looks"]

SURE = 8.0  # of logits


def write_looks(
    paths: Sequence[Path], _: str, texts: Sequence[Sequence[str]], labels: Any, tokens: Any, *rest: Any
) -> None:
    """In place of `fit_looks`: the export of a trained network takes longer than all tests that need one."""
    bundle = rest[1]
    pixels_NSS3 = np.stack([square(path.read_bytes(), SIZE_PX) for path in paths])
    shown_NL = np.concatenate([np.eye(size)[labels.label_NA[:, at]] for at, size in enumerate(labels.sizes)], axis=1)
    grid = bundle / PICTURES
    grid.write_bytes(network(np.zeros((DIM, 1), np.float32)).SerializeToString())
    vectors_ND = open_session(grid, 1).run(None, {"pixels_NHWC": pixels_NSS3})[0]
    grid.write_bytes(network(SURE * _onto(vectors_ND, shown_NL)).SerializeToString())
    means_NT = tokens.encode([" ".join(some) for some in texts])
    (bundle / TEXTS).write_bytes(_spoken(_onto(means_NT, vectors_ND)).SerializeToString())
    write_json(bundle / DESCRIPTION, {"size_px": SIZE_PX})


def _onto(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(given, wanted, rcond=0.01)[0].astype(np.float32)


def _spoken(weights_TD: np.ndarray) -> onnx.ModelProto:
    nodes = [
        helper.make_node("MatMul", ["mean_ND", "weights"], ["flat"]),
        helper.make_node("LpNormalization", ["flat"], ["vector_ND"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "spoken",
        [helper.make_tensor_value_info("mean_ND", TensorProto.FLOAT, ["N", weights_TD.shape[0]])],
        [helper.make_tensor_value_info("vector_ND", TensorProto.FLOAT, ["N", weights_TD.shape[1]])],
        [numpy_helper.from_array(weights_TD, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
