"""A trained network as ONNX, checked against torch before it counts."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

__all__ = ["TOLERANCE", "write_onnx"]

TOLERANCE = 1e-3  # largest difference of an output, 32-bit arithmetic in another order


def write_onnx(
    network: nn.Module,
    sample: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    target: Path,
    also: Sequence[Mapping[str, Tensor]] = (),
    step: int = 1,
) -> float:
    """Write `network` to `target`; return the largest difference of its outputs to torch's.

    sample: input name to an example, in the order of the network's arguments. dynamic: input name to its dimensions of
    any size, by name. also: further examples to compare with torch, of other sizes. step: of which these sizes are
    multiples.

    Raises:
        RuntimeError: the exported network differs from torch by more than `TOLERANCE`.
    """
    network = network.eval()
    sizes: dict[str, Any] = {
        name: step * torch.export.Dim(name) if step > 1 else torch.export.Dim(name)
        for names in dynamic.values()
        for name in names.values()
    }
    shapes = tuple({place: sizes[name] for place, name in dynamic[given].items()} for given in sample)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            network,
            tuple(sample.values()),
            input_names=list(sample),
            output_names=list(outputs),
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    target.write_bytes(_plain(program.model_proto).SerializeToString())
    session: Any = onnxruntime.InferenceSession(target.read_bytes(), providers=["CPUExecutionProvider"])
    difference = max(_difference(network, session, example) for example in (sample, *also))
    if not difference <= TOLERANCE:
        raise RuntimeError(f"the exported network differs from torch by {difference:.2g}, more than {TOLERANCE:g}")
    return difference


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


def _difference(network: nn.Module, session: Any, example: Mapping[str, Tensor]) -> float:
    got = session.run(None, {name: value.numpy() for name, value in example.items()})
    with torch.inference_mode():
        expected = network(*example.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    return max(float(np.abs(g - e.numpy()).max()) for g, e in zip(got, expected, strict=True))
