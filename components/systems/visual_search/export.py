"""The trained network as ONNX, checked against torch before it counts.

Legend: N pictures, S side in pixels.
"""

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from components.systems.visual_search.network import ServedNetwork

__all__ = ["TOLERANCE", "export_onnx"]

TOLERANCE = 1e-3  # largest difference of a unit vector's coordinate or a logit, 32-bit arithmetic in another order


def export_onnx(network: ServedNetwork, size_px: int, target: Path) -> float:
    """Write `target`, input `pixels_NHWC`, outputs `embedding_ND` and `logits_NC`; return its largest
    difference to torch.

    Raises:
        RuntimeError: the exported network differs from torch by more than `TOLERANCE`.
    """
    network = network.eval()
    sample_NHWC = torch.randint(0, 256, (3, size_px, size_px, 3), generator=torch.Generator().manual_seed(0))
    sample_NHWC = sample_NHWC.to(torch.uint8)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about its own internals
        program = torch.onnx.export(
            network,
            (sample_NHWC,),
            input_names=["pixels_NHWC"],
            output_names=["embedding_ND", "logits_NC"],
            dynamic_shapes=({0: torch.export.Dim("N")},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    target.write_bytes(_plain(program.model_proto).SerializeToString())
    return _parity(network, target, sample_NHWC)


def _plain(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without stack traces and names of modules, which carry paths of this machine and change from run to run."""
    for node in [*model.graph.node, *(node for function in model.functions for node in function.node)]:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        value.doc_string = ""
        del value.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.doc_string = ""
    return model


def _parity(network: ServedNetwork, target: Path, sample_NHWC: torch.Tensor) -> float:
    session = onnxruntime.InferenceSession(target.read_bytes(), providers=["CPUExecutionProvider"])
    got = session.run(None, {"pixels_NHWC": sample_NHWC.numpy()})
    with torch.inference_mode():
        expected = network(sample_NHWC)
    difference = max(float(np.abs(g - e.numpy()).max()) for g, e in zip(got, expected, strict=True))
    if not difference <= TOLERANCE:
        raise RuntimeError(f"the exported network differs from torch by {difference:.2g}, more than {TOLERANCE:g}")
    return difference
