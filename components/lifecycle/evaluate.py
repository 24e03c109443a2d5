"""Step 4, evaluate: candidate and champion on the same examples, each through the predictor that would serve it."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from components.bundle import read_manifest
from components.evaluation import Evaluation
from components.lifecycle.bundles import bundle_of
from components.lifecycle.candidate import evaluation_folder
from components.lifecycle.card import model_card
from components.lifecycle.fingerprint import evaluation_hash
from components.lifecycle.plan import Plan
from components.lifecycle.record import failing, log_figures, tag_run
from components.lifecycle.registry import champion_of, mended
from components.lifecycle.results import Evaluated, Fitted, Ingested, Release
from components.lifecycle.tracking import client
from components.system import Progress, load_system
from data.dataset import Dataset, open_dataset
from data.errors import UserError

__all__ = ["evaluate"]


def evaluate(plan: Plan, ingested: Ingested, fitted: Fitted, progress: Progress) -> Evaluated:
    """Evaluate the candidate, and the champion where the two can be compared; log figures, pictures and model card.

    Raises:
        UserError: the champion cannot be opened by the present code.
    """
    dataset = open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version)
    key = _key(plan, ingested, fitted.bundle_hash)
    with failing(fitted.run_id):
        progress("evaluating the candidate", 0, 2, {})
        folder, reused = _evaluated(plan, dataset, Path(fitted.bundle), key)
        evaluation = Evaluation.load(folder)
        metrics = evaluation.totals()
        _log(plan, dataset, ingested, fitted, folder, key)
        champion = champion_of(mended(plan.system))
        theirs = None
        if champion is not None and _comparable(champion, fitted, ingested):
            progress("evaluating the champion", 1, 2, {})
            theirs, again = _champion(plan, ingested, dataset, champion)
            reused = reused and again
        progress("evaluating", 2, 2, {})
    return Evaluated(
        reused=reused,
        folder=str(folder),
        metrics=metrics,
        champion_version=champion.version if champion else None,
        champion_folder=str(theirs) if theirs else None,
    )


def _comparable(champion: Release, fitted: Fitted, ingested: Ingested) -> bool:
    """Neither the champion itself, nor one that learned from the other kind of data, real or simulated."""
    return champion.bundle_hash != fitted.bundle_hash and champion.simulated == ingested.simulated


def _champion(plan: Plan, ingested: Ingested, dataset: Dataset, champion: Release) -> tuple[Path, bool]:
    try:
        return _evaluated(plan, dataset, bundle_of(champion), _key(plan, ingested, champion.bundle_hash))
    except UserError as error:
        raise UserError(
            f"the champion, version {champion.version} of {plan.system}, could not be evaluated with the present code: "
            f"{error}; mend that, or remove its alias `champion` in MLflow to let the floors decide"
        ) from error


def _key(plan: Plan, ingested: Ingested, bundle_hash: str) -> str:
    """The name of an evaluation: what was evaluated, on what, by which code and configuration."""
    content = [bundle_hash, ingested.data_version, evaluation_hash(plan.system), plan.config]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _evaluated(plan: Plan, dataset: Dataset, bundle: Path, key: str) -> tuple[Path, bool]:
    """The folder of a finished evaluation, and whether an earlier run had made it. It appears whole or not at all."""
    folder = evaluation_folder(plan.system, key)
    if (folder / "evaluation.json").is_file():
        return folder, True
    system = load_system(plan.system)
    making = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        system.evaluate(bundle, dataset, system.Config.model_validate(plan.config), making).save(making)
        shutil.rmtree(folder, ignore_errors=True)
        making.replace(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder, False


def _log(plan: Plan, dataset: Dataset, ingested: Ingested, fitted: Fitted, folder: Path, key: str) -> None:
    run = client().get_run(fitted.run_id)
    if run.data.tags.get("evaluation") == key:
        return
    evaluation = Evaluation.load(folder)
    log_figures(fitted.run_id, _figures(evaluation), ingested)
    client().log_artifacts(fitted.run_id, str(folder), "evaluation")
    card = model_card(plan, dataset, read_manifest(Path(fitted.bundle)), evaluation)
    client().log_text(fitted.run_id, card, "model_card.md")
    tag_run(fitted.run_id, **{"evaluation": key, "mlflow.note.content": card[:7900]})


def _figures(evaluation: Evaluation) -> dict[str, float]:
    """`test/recall_at_1` with its interval, and `slice/recall_at_1/category.dress`, as MLflow allows names."""
    found = {}
    for name, metric in evaluation.totals().items():
        found[f"test/{name}"] = metric.value
        if metric.low != metric.high:
            found |= {f"test_interval/{name}_low": metric.low, f"test_interval/{name}_high": metric.high}
    for name in evaluation.metrics:
        for part, (mean, _) in evaluation.by_slice(name).items():
            found[f"slice/{name}/" + re.sub(r"[^\w.\- /]", "_", part.replace("=", "."))] = mean
    return found
