"""The output of `fit`: a folder of weights, index files and JSON, with a manifest of hashes. No pickle."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from data.errors import UserError
from data.files import sha256_file, write_json
from data.params import Strict

__all__ = ["MANIFEST", "Manifest", "UsedInput", "read_manifest", "seal", "verify"]

MANIFEST = "manifest.json"


class UsedInput(Strict):
    """The version of another system that a bundle was made with, and needs to be opened."""

    version: int
    bundle_hash: str


class Manifest(Strict):
    """Enough to train the bundle again, and to know that it is whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    dataset: str
    data_version: str  # DVC's hash of the data set's folder
    tables: dict[str, str] = Field(default_factory=dict, description="version of what was read of each table")
    simulated: bool
    config: dict[str, Any]
    seed: int
    code: str  # hash of the source that made it
    git_revision: str
    libraries: dict[str, str]
    inputs: dict[str, UsedInput] = Field(default_factory=dict)  # by the name of the system
    files: dict[str, str]  # relative path: sha256

    @property
    def bundle_hash(self) -> str:
        """One hash over the content of the files and the bundles that it builds on."""
        lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(self.files.items()))
        lines += "".join(f"{system}\0{used.bundle_hash}\n" for system, used in sorted(self.inputs.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def seal(bundle: Path, **facts: Any) -> Manifest:
    """Write the manifest of every file in `bundle`; from then on the bundle counts as finished."""
    files = {
        path.relative_to(bundle).as_posix(): sha256_file(path)
        for path in sorted(bundle.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    manifest = Manifest(files=files, **facts)
    write_json(bundle / MANIFEST, manifest.model_dump(mode="json"))
    return manifest


def read_manifest(bundle: Path) -> Manifest:
    """Read the manifest of `bundle`; raises `UserError` if there is none."""
    try:
        return Manifest.model_validate(json.loads((bundle / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"{bundle} is no finished bundle: it has no {MANIFEST}") from None


def verify(bundle: Path) -> Manifest:
    """Read the manifest and check every file against it; raises `UserError` naming the first that differs."""
    manifest = read_manifest(bundle)
    for name, digest in manifest.files.items():
        path = bundle / name
        if not path.is_file() or sha256_file(path) != digest:
            raise UserError(f"{path} is missing or differs from the bundle's manifest; train or fetch the bundle again")
    return manifest
