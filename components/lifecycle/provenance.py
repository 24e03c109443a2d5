"""The origin of a version, kept as the metadata of its model in MLflow and cached on this machine."""

import json
from typing import TYPE_CHECKING, Any

from components.lifecycle.results import Provenance
from data.files import write_json
from data.project import home

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["metadata_of", "provenance_of"]

KEY = "corkboard"
LOGGED = "models:/m-"  # the address of a model that a run logged, by its id
UNKNOWN = Provenance(
    dataset="",
    data_version="",
    simulated=False,
    fingerprint="",
    bundle_hash="",
    git_revision="",
    inputs={},
    metrics={},
    verdict=None,
)


def metadata_of(provenance: Provenance) -> dict[str, Any]:
    """The metadata that a model is logged with."""
    return {KEY: provenance.model_dump(mode="json")}


def provenance_of(version: "ModelVersion") -> Provenance:
    """The provenance of a registered version; empty for a version that no run of the lifecycle made."""
    if "bundle_hash" in version.tags:  # earlier releases of the project kept it in tags
        return _tagged(version.tags)
    source = version.source or ""
    if not source.startswith(LOGGED):
        return UNKNOWN
    kept = home() / "cache" / "provenance" / f"{source.removeprefix(LOGGED)}.json"
    if not kept.is_file():
        from mlflow.models import Model

        metadata = Model.load(source).metadata or {}
        if KEY not in metadata:
            return UNKNOWN
        write_json(kept, metadata[KEY])
    return Provenance.model_validate_json(kept.read_text(encoding="utf-8"))


def _tagged(tags: dict[str, str]) -> Provenance:
    texts = {name: tags[name] for name in ("dataset", "data_version", "fingerprint", "bundle_hash", "git_revision")}
    values = {name: json.loads(tags[name]) for name in ("simulated", "metrics", "verdict")}
    return Provenance.model_validate({**texts, **values, "inputs": json.loads(tags.get("inputs", "{}"))})
