"""Boosted trees as ONNX say what LightGBM says, on the very thresholds too."""

import json
import re
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime

from components.learning.trees import write_trees


def test_the_exported_trees_are_those_of_lightgbm(tmp_path: Path):
    generator = np.random.default_rng(0)
    signals_NX = generator.normal(size=(400, 3)).round(1).astype(np.float32)  # many values stand on a threshold
    target_N = signals_NX[:, 0] * (signals_NX[:, 1] > 0.3) + generator.normal(0, 0.1, 400)
    model = lightgbm.LGBMRegressor(n_estimators=20, num_leaves=7, verbose=-1, n_jobs=1).fit(signals_NX, target_N)
    dumped = json.dumps(model.booster_.dump_model())
    thresholds = np.array([float(found) for found in re.findall(r'"threshold": ([^,]+)', dumped)])
    thresholds = thresholds[np.abs(thresholds) > 1e-30]  # LightGBM takes what is nearer to zero for zero
    edges_NX = np.repeat(thresholds.astype(np.float32)[:, None], 3, axis=1)
    write_trees(model.booster_, signals_NX, tmp_path / "trees.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "trees.onnx")
    for some_NX in (signals_NX, edges_NX, np.nextafter(edges_NX, np.float32(9))):
        got_N = session.run(None, {"signals": some_NX})[0][:, 0]
        assert np.allclose(got_N, model.predict(some_NX), atol=1e-5)
