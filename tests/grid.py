"""A network without any training: the colours of a 4 x 4 grid as the embedding of a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from data.files import write_json

__all__ = ["DIM", "SIZE_PX", "network", "write_network"]

SIZE_PX, DIM = 32, 48


def write_network(bundle: Path, categories: Sequence[str]) -> None:
    """What the embedder of visual search opens, in `bundle`; three categories."""
    weights = np.zeros((DIM, 3), np.float32)
    for category in range(3):
        weights[(2 - category) * 16 : (3 - category) * 16, category] = 4
    (bundle / "embed.onnx").write_bytes(network(weights).SerializeToString())
    write_json(bundle / "network.json", {"size_px": SIZE_PX, "dim": DIM, "categories": list(categories)})


def network(weights: np.ndarray) -> onnx.ModelProto:
    """uint8 pixels to the unit vector of mean colours in a 4 x 4 grid, and logits by its `weights` (48, C)."""
    constants = {
        "scale": np.array(255, np.float32),
        "middle": np.array(0.45, np.float32),
        "weights": weights,
    }
    cell = SIZE_PX // 4
    nodes = [
        helper.make_node("Cast", ["pixels_NHWC"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["cast", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "middle"], ["centred"]),
        helper.make_node("Transpose", ["centred"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["channels"], ["grid"], kernel_shape=[cell, cell], strides=[cell, cell]),
        helper.make_node("Flatten", ["grid"], ["flat"]),
        helper.make_node("LpNormalization", ["flat"], ["embedding_ND"], axis=1, p=2),
        helper.make_node("MatMul", ["embedding_ND", "weights"], ["logits_NC"]),
    ]
    graph = helper.make_graph(
        nodes,
        "grid",
        [helper.make_tensor_value_info("pixels_NHWC", TensorProto.UINT8, ["N", SIZE_PX, SIZE_PX, 3])],
        [
            helper.make_tensor_value_info("embedding_ND", TensorProto.FLOAT, ["N", DIM]),
            helper.make_tensor_value_info("logits_NC", TensorProto.FLOAT, ["N", weights.shape[1]]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
