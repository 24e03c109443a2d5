"""Step 3, fit: train a candidate, or take the finished one that has the same fingerprint."""

import shutil
from pathlib import Path
from typing import Any

from components.bundle import Manifest, seal
from components.code import code_of_fit
from components.lifecycle.candidate import candidate_folder, intact
from components.lifecycle.distributed import train_together
from components.lifecycle.fingerprint import fingerprint, git_revision
from components.lifecycle.ingest import DatasetChangedError, unchanged
from components.lifecycle.inputs import opened
from components.lifecycle.plan import Plan, trained
from components.lifecycle.record import curves, failing, log_figures, open_run, tag_run
from components.lifecycle.results import Fitted, Ingested
from components.lifecycle.sources import keep_code
from components.lifecycle.spent import spending
from components.lifecycle.training import limited_to, train
from components.system import Progress
from data.errors import UserError
from data.locks import locked

__all__ = ["fit"]


def fit(plan: Plan, ingested: Ingested, progress: Progress) -> Fitted:
    """Train from the data set and leave a sealed bundle; a killed run continues from its last checkpoint.

    Raises:
        UserError: another process is fitting the same candidate, the data set was prepared anew meanwhile, or the
            tracking server does not answer.
    """
    key = fingerprint(plan, ingested)
    folder = candidate_folder(plan.system, key)
    bundle = folder / "bundle"

    def busy() -> None:
        raise UserError(
            f"another run is fitting {plan.system} on {plan.dataset} with the same settings; wait for its end"
        )

    with locked(folder / "lock", busy):
        manifest = intact(bundle)
        run_id = open_run(plan, ingested, key, manifest)
        reused = manifest is not None
        if manifest is None:
            keep_code(run_id, plan.system)
            with failing(run_id), spending() as spent, curves(run_id, progress) as report:
                manifest = _train(plan, ingested, folder, report)
            log_figures(run_id, spent.figures(), ingested)
        shutil.rmtree(folder / "work", ignore_errors=True)
        if not reused:
            tag_run(run_id, bundle_hash=manifest.bundle_hash)
    return Fitted(reused=reused, fingerprint=key, bundle=str(bundle), bundle_hash=manifest.bundle_hash, run_id=run_id)


def _train(plan: Plan, ingested: Ingested, folder: Path, progress: Progress) -> Manifest:
    work, bundle = folder / "work", folder / "bundle"
    work.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(bundle, ignore_errors=True)  # the unfinished bundle of a killed run
    bundle.mkdir()
    config, inputs = trained(plan.config), opened(ingested.inputs)
    given = limited_to(plan.system, plan.config, config)
    try:
        with unchanged(ingested) as dataset:
            several = plan.config.get("training", {}).get("processes", 1) > 1
            (train_together if several else train)(plan.system, dataset, given, work, bundle, inputs, progress)
    except DatasetChangedError:
        shutil.rmtree(work)  # its checkpoint may have seen both versions of the data
        raise
    code = code_of_fit(plan.system)
    return seal(
        bundle,
        system=plan.system,
        dataset=plan.dataset,
        data_version=ingested.data_version,
        tables=ingested.tables,
        simulated=ingested.simulated,
        config=config,
        seed=_seed(config),
        code=code.hash,
        git_revision=git_revision(),
        libraries=code.versions,
        inputs=ingested.inputs,
    )


def _seed(config: dict[str, Any]) -> int:
    """The configuration's `seed`, at its top or in its section `training`; 0 for a system without chance."""
    return int(config.get("seed", config.get("training", {}).get("seed", 0)))
