"""BentoML's local store as folders: a look-up does not import BentoML, which takes seconds."""

import os
from pathlib import Path

import yaml

from data.environment import variables
from data.errors import UserError

__all__ = ["bento_folder", "bundle_folder", "held_model", "model_folder", "store"]


def store() -> Path:
    """`BENTOML_HOME`, by default in the state folder."""
    return Path(os.environ.get("BENTOML_HOME") or variables()["BENTOML_HOME"])


def bento_folder(tag: str) -> Path:
    """The folder of the Bento called `name:version`. Raises `UserError` if there is none."""
    name, _, version = tag.partition(":")
    folder = store() / "bentos" / name / version
    if not version or not (folder / "bento.yaml").is_file():
        raise UserError(f"there is no Bento {tag}; run the system's lifecycle, or package that version first")
    return folder


def bundle_folder(bento: Path) -> Path:
    """The bundle that the Bento in the folder `bento` answers with, beside those that it builds on."""
    return held_model(bento, bento.parent.name)


def held_model(bento: Path, name: str) -> Path:
    """The folder of the model called `name` that the entry of the Bento in the folder `bento` holds."""
    service = yaml.safe_load((bento / "bento.yaml").read_text(encoding="utf-8"))["services"][0]
    tags = [str(model["tag"]) for model in service["models"]]
    return model_folder(next(tag for tag in tags if tag.startswith(f"{name}:")))


def model_folder(tag: str) -> Path:
    """The folder of the model `name:version`, which may not exist."""
    return store() / "models" / tag.replace(":", "/")
