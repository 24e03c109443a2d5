"""Networks in ONNX, opened for answering."""

from pathlib import Path
from typing import Any

import onnxruntime

__all__ = ["open_session"]


def open_session(path: Path, threads: int) -> Any:
    """An onnxruntime session on the CPU; `threads` is what one call may use. Raises `FileNotFoundError`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # onnxruntime keeps a memory plan for every shape of input, and shapes vary
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
