"""A parser without any training: what is red is a bar, what is blue a disc, and the rest is nothing."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from data.files import write_json

__all__ = ["write_parser"]

LABELS = ("background", "bar", "disc")


def write_parser(bundle: Path) -> None:
    """What the parser of scene parsing opens, in `bundle`."""
    (bundle / "parse.onnx").write_bytes(_network().SerializeToString())
    facts = {"labels": list(LABELS), "side_px": 128, "least_share": 0.005, "attributes": {}}
    write_json(bundle / "parser.json", facts | {"attributes_of": {label: [] for label in LABELS}})


def _network() -> onnx.ModelProto:
    """uint8 pixels to the probability of each label in cells of 4 x 4: how much of its colour there is."""
    weights = np.zeros((3, 3, 1, 1), np.float32)
    weights[1, :, 0, 0], weights[2, :, 0, 0] = (1, -1, -1), (-1, -1, 1)
    constants = {"weights": weights / 20, "bias": np.array([-1, 0, 0], np.float32)}
    nodes = [
        helper.make_node("Cast", ["pixels_NHW3"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["cast"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["channels"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["cells", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probability_NLhw"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("pixels_NHW3", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("probability_NLhw", TensorProto.FLOAT, ["N", 3, "h", "w"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
