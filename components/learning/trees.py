"""Boosted trees as ONNX, checked against LightGBM before they count, and as leaves, which say why.

Legend: N examples, X signals, L leaves, D signals of the longest path.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

__all__ = ["leaves_of", "tree_settings", "write_trees"]

TOLERANCE = 1e-4  # largest difference of a sum of leaves in 32 bits
Paths = dict[int, tuple[float, float, float]]  # of a leaf: signal to the two numbers between which it lies, and a share
SIDES = ("left_child", "right_child")
OPSETS = (("", 17), ("ai.onnx.ml", 3))


def tree_settings(
    learning_rate: float, leaves: int, least_examples: int, seed: int, objective: str = "binary"
) -> dict[str, Any]:
    """Of LightGBM, so that the same rows give the same trees. least_examples: of a leaf."""
    return {
        "objective": objective,
        "learning_rate": learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": least_examples,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.6,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def write_trees(booster: lightgbm.Booster, sample_NX: np.ndarray, target: Path, last: float | None = None) -> None:
    """Write `booster` to `target`, input `signals` float32 (N, X) without missing values, output (N, 1): sums of
    leaves, before the objective makes probabilities of them.

    last: what a last signal always is; the written trees do not ask for it, nor has `sample_NX` it.

    Raises:
        RuntimeError: the exported trees differ from LightGBM's on `sample_NX` by more than `TOLERANCE`.
    """
    nodes: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes")}
    nodes |= {"truenodeids": [], "falsenodeids": []}
    leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
    for number, root in enumerate(_roots(booster, last)):
        for node in _numbered(root):
            row = {"treeids": number, **node}
            for name, values in nodes.items():
                values.append(row[name])
            if node["modes"] == "LEAF":
                leaf = {"treeids": number, "nodeids": node["nodeids"], "ids": 0, "weights": node["leaf"]}
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
    whole_NX = sample_NX if last is None else np.column_stack([sample_NX, np.full(len(sample_NX), last)])
    difference = float(np.abs(got_N - np.asarray(booster.predict(whole_NX, raw_score=True))).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise RuntimeError(f"the exported trees differ from LightGBM's by {difference:.2g}, more than {TOLERANCE:g}")


def leaves_of(booster: lightgbm.Booster, last: float | None = None) -> dict[str, np.ndarray]:
    """The arrays that `components.learning.leaves.Leaves` opens: of each leaf the signals on its path.

    last: as of `write_trees`.
    """
    found = [leaf for root in _roots(booster, last) for leaf in _walked(root, {})]
    longest = max((len(path) for path, _ in found), default=0)
    shape = (len(found), longest)
    signal_LD, share_LD = np.zeros(shape, np.int32), np.ones(shape)
    low_LD, high_LD = np.full(shape, -np.inf, np.float32), np.full(shape, np.inf, np.float32)
    for row, (path, _) in enumerate(found):
        for place, (signal, (low, high, share)) in enumerate(path.items()):
            signal_LD[row, place], share_LD[row, place] = signal, share
            low_LD[row, place], high_LD[row, place] = low, high
    value_L = np.array([value for _, value in found])
    return {"signal": signal_LD, "low": low_LD, "high": high_LD, "share": share_LD, "value": value_L}


def _walked(node: dict[str, Any], path: Paths) -> Iterator[tuple[Paths, float]]:
    """The path and value of each leaf below `node`."""
    if "leaf_value" in node:
        yield path, float(node["leaf_value"])
        return
    signal, at = int(node["split_feature"]), _below(float(node["threshold"]))
    low, high, share = path.get(signal, (-np.inf, np.inf, 1.0))
    for child, bounds in (("left_child", (low, min(high, at))), ("right_child", (max(low, at), high))):
        part = _count(node[child]) / _count(node)
        yield from _walked(node[child], path | {signal: (*bounds, share * part)})


def _count(node: dict[str, Any]) -> int:
    """Training examples at the leaves below `node`."""
    return int(node["leaf_count"]) if "leaf_value" in node else sum(_count(node[side]) for side in SIDES)


def _roots(booster: lightgbm.Booster, last: float | None) -> Iterator[dict[str, Any]]:
    """Of each tree, without the nodes that ask for a last signal which is known."""
    signal = booster.num_feature() - 1
    for tree in booster.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        yield root if last is None else _known(root, signal, last)


def _known(node: dict[str, Any], signal: int, value: float) -> dict[str, Any]:
    if "leaf_value" in node:
        return node
    if node["split_feature"] == signal:
        return _known(node[SIDES[value > node["threshold"]]], signal, value)
    return node | {side: _known(node[side], signal, value) for side in SIDES}


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
