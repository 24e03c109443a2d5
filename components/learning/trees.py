"""Boosted trees as ONNX, checked against LightGBM before they count.

Legend: N examples, X signals.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

__all__ = ["write_trees"]

TOLERANCE = 1e-4  # largest difference of a sum of leaves in 32 bits
OPSETS = (("", 17), ("ai.onnx.ml", 3))


def write_trees(booster: lightgbm.Booster, sample_NX: np.ndarray, target: Path) -> None:
    """Write `booster` to `target`, input `signals` float32 (N, X) without missing values, output (N, 1): sums of
    leaves, before the objective makes probabilities of them.

    Raises:
        RuntimeError: the exported trees differ from LightGBM's on `sample_NX` by more than `TOLERANCE`.
    """
    nodes: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes")}
    nodes |= {"truenodeids": [], "falsenodeids": []}
    leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
    for tree in booster.dump_model()["tree_info"]:
        for node in _numbered(tree["tree_structure"]):
            row = {"treeids": tree["tree_index"], **node}
            for name, values in nodes.items():
                values.append(row[name])
            if node["modes"] == "LEAF":
                leaf = {"treeids": tree["tree_index"], "nodeids": node["nodeids"], "ids": 0, "weights": node["leaf"]}
                for name, values in leaves.items():
                    values.append(leaf[name])
    attributes: dict[str, Any] = {f"nodes_{name}": values for name, values in nodes.items()}
    attributes |= {f"target_{name}": values for name, values in leaves.items()} | {"n_targets": 1}
    node = helper.make_node("TreeEnsembleRegressor", ["signals"], ["sum"], domain="ai.onnx.ml", **attributes)
    graph = helper.make_graph(
        [node],
        "trees",
        [helper.make_tensor_value_info("signals", TensorProto.FLOAT, ["N", sample_NX.shape[1]])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["N", 1])],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(target.read_bytes(), providers=["CPUExecutionProvider"])
    sample_NX = np.asarray(sample_NX, np.float32)
    got_N = np.asarray(session.run(None, {"signals": sample_NX})[0])[:, 0]
    difference = float(np.abs(got_N - np.asarray(booster.predict(sample_NX, raw_score=True))).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise RuntimeError(f"the exported trees differ from LightGBM's by {difference:.2g}, more than {TOLERANCE:g}")


def _numbered(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Nodes of a tree as ONNX wants them, each after its parent."""
    waiting, count = [(root, 0)], 1
    while waiting:
        node, number = waiting.pop()
        if "leaf_value" in node:
            rest = {"featureids": 0, "values": 0.0, "modes": "LEAF", "truenodeids": 0, "falsenodeids": 0}
            yield {"nodeids": number, "leaf": float(node["leaf_value"]), **rest}
            continue
        assert node["decision_type"] == "<=", "signals are numbers"
        left, right = count, count + 1
        count += 2
        waiting += [(node["left_child"], left), (node["right_child"], right)]
        yield {
            "nodeids": number,
            "featureids": int(node["split_feature"]),
            "values": _below(float(node["threshold"])),
            "modes": "BRANCH_LEQ",
            "truenodeids": left,
            "falsenodeids": right,
        }


def _below(threshold: float) -> float:
    """The largest 32-bit number that is no larger: signals in 32 bits fall on the same side of it."""
    rounded = np.float32(threshold)
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf)))
