"""Training and measuring by the contract alone, also as a script that runs in the code of another revision.

    python -P training.py < request.json

The request names the system, its configuration, the folder of its data and the bundles below it, as `reproduce.py`
writes it. Each line on stdout is an object: `{"progress": […]}`, and last the result, or `{"error": sentence}`.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components.bundle import Manifest, seal
from components.code import code_of_fit
from components.golden import save_goldens
from components.system import Input, Inputs, Progress, load_system
from data.dataset import Dataset, open_dataset
from data.errors import UserError

__all__ = ["limited_to", "named", "opened", "train"]


def train(
    system: str, dataset: Dataset, config: Any, work: Path, bundle: Path, inputs: Inputs, progress: Progress
) -> None:
    """Fit the system and save its golden requests; the bundle is left unsealed."""
    declared = load_system(system)
    declared.fit(dataset, config, work, bundle, progress, inputs)
    save_goldens(bundle, declared.golden_requests(bundle, dataset, inputs))


def limited_to(system: str, config: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The configuration as far as a step may depend on it: the settings `names`; all else is at its default."""
    model = load_system(system).Config
    whole = model.model_validate(config)
    return model.model_construct(**{name: getattr(whole, name) for name in names if name in model.model_fields})


def _again(asked: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Train and measure what was asked for.

    Raises:
        UserError: code or data are not those that the bundle was made with.
    """
    recorded, out = Manifest.model_validate(asked["manifest"]), Path(asked["out"])
    system, inputs, measured = load_system(recorded.system), opened(asked["inputs"]), asked["measured"]
    if recorded.config.get("training", {}).get("processes", 1) > 1:
        raise UserError(
            f"{recorded.system} was trained by several processes, which is not repeated; run it again instead"
        )
    if code_of_fit(recorded.system).hash != recorded.code:
        raise UserError(f"the code of {asked['code']} is not what the version was trained with")
    dataset = open_dataset(recorded.dataset, Path(asked["data"]), recorded.data_version)
    reads = system.reads(dataset.rows)
    if dataset.versions(reads) != recorded.tables:
        raise UserError(
            f"data set {recorded.dataset!r} lies here in another version than {recorded.data_version}, which DVC's "
            f"cache and remote do not hold; restore that version, such as by `git checkout REVISION dvc.lock` and "
            f"`dvc pull`"
        )
    dataset = dataset.limited(reads)
    for folder in ("work", "bundle", "evaluation"):
        (out / folder).mkdir()
    config, bundle = limited_to(system.name, recorded.config, recorded.config), out / "bundle"
    train(system.name, dataset, config, out / "work", bundle, inputs, progress)
    made = seal(bundle, **recorded.model_dump(exclude={"files"}))
    config = limited_to(system.name, {**recorded.config, **measured}, measured)
    found = system.evaluate(bundle, dataset, config, out / "evaluation", progress, inputs)
    figures = {name: figure.value for name, figure in found.totals().items() if name in found.names}
    return {"bundle_hash": made.bundle_hash, "files": made.files, "figures": figures}


def named(inputs: Inputs) -> dict[str, Any]:
    """The inputs of a request, as JSON."""
    return {
        name: {
            "version": one.version,
            "bundle_hash": one.bundle_hash,
            "bundle": str(one.bundle),
            "inputs": named(one.inputs),
        }
        for name, one in inputs.items()
    }


def opened(request: Mapping[str, Any]) -> Inputs:
    """The inputs that `named` wrote."""
    return {
        name: Input(name, one["version"], one["bundle_hash"], Path(one["bundle"]), opened(one["inputs"]))
        for name, one in request.items()
    }


def main() -> int:
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print

    def tell(**content: Any) -> None:
        lines.write(json.dumps(content) + "\n")
        lines.flush()

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        tell(progress=[doing, done, total, figures])

    try:
        tell(**_again(json.load(sys.stdin), progress))
    except UserError as error:
        tell(error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
