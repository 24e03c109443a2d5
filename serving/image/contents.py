"""The contents of an image, read from a Bento of one system or of several."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from components.bundle import MANIFEST, Manifest, read_manifest
from data.errors import UserError
from serving.store import bento_folder, model_folder

__all__ = ["Contents", "Model", "contents"]


@dataclass(frozen=True)
class Model:
    """A BentoML model of the Bento; `manifest` is None if it is no bundle of ours.

    data_version: of the data that it was made from; empty: unknown.
    """

    tag: str
    folder: Path
    manifest: Manifest | None
    data_version: str


@dataclass(frozen=True)
class Contents:
    """A Bento with its models, pinned requirements (one `name==version` each) and the Python it was packaged for."""

    tag: str
    folder: Path
    labels: dict[str, str]
    created: datetime
    python: str
    requirements: tuple[str, ...]
    models: tuple[Model, ...]


def contents(tag: str) -> Contents:
    """Read the Bento `name:version` from BentoML's store.

    Raises:
        UserError: there is no such Bento, or one of its models is gone.
    """
    folder = bento_folder(tag)
    facts: dict[str, Any] = yaml.safe_load((folder / "bento.yaml").read_text(encoding="utf-8"))
    listed = [*(facts.get("models") or ()), *(model for part in facts["services"] for model in part["models"])]
    tags = sorted({str(model["tag"]) for model in listed})
    lines = (folder / "env" / "python" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return Contents(
        tag=tag,
        folder=folder,
        labels={name: str(value) for name, value in (facts.get("labels") or {}).items()},
        created=_utc(facts["creation_time"]),
        python=str(facts["image"]["python_version"]),
        requirements=tuple(sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})),
        models=tuple(_model(name, tag) for name in tags),
    )


def _model(tag: str, bento: str) -> Model:
    folder = model_folder(tag)
    if not (folder / "model.yaml").is_file():
        raise UserError(f"the model {tag} of the Bento {bento} is gone; package that version again")
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    label = (yaml.safe_load((folder / "model.yaml").read_text(encoding="utf-8")).get("labels") or {}).get(
        "data_version"
    )
    return Model(tag, folder, manifest, manifest.data_version if manifest else str(label or ""))


def _utc(moment: str | datetime) -> datetime:
    parsed = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return parsed.astimezone(UTC).replace(microsecond=0)
