"""Step 4, evaluate: candidate and champion on the same examples, each through the predictor that would serve it."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from components.bundle import read_manifest
from components.code import code_of_evaluation
from components.evaluation import Evaluation
from components.lifecycle.bundles import bundle_of
from components.lifecycle.candidate import evaluation_folder
from components.lifecycle.card import model_card
from components.lifecycle.comparison import own
from components.lifecycle.gate import GATED
from components.lifecycle.ingest import DatasetChangedError, unchanged
from components.lifecycle.inputs import inputs_of
from components.lifecycle.plan import MEASURED, Plan, split_of
from components.lifecycle.record import failing, log_figures, tag_run
from components.lifecycle.registry import champion_of, mended
from components.lifecycle.results import Evaluated, Fitted, Ingested, Release
from components.lifecycle.spent import Spent
from components.lifecycle.tracking import client
from components.lifecycle.training import limited_to
from components.system import Progress, load_system
from data.dataset import open_dataset
from data.errors import UserError
from data.files import sha256_file

__all__ = ["evaluate"]


def evaluate(plan: Plan, ingested: Ingested, fitted: Fitted, progress: Progress) -> Evaluated:
    """Evaluate the candidate, and the champion where the two can be compared; log figures, pictures and model card.

    Raises:
        UserError: the champion cannot be opened by the present code.
    """
    key = _key(plan, ingested, fitted.bundle_hash)
    with failing(fitted.run_id):
        progress("evaluating the candidate", 0, 0, {})
        folder, reused = _evaluated(plan, ingested, Path(fitted.bundle), key, plan.gate.ceilings, progress)
        evaluation = Evaluation.load(folder)
        metrics = evaluation.totals()
        _log(plan, ingested, fitted, folder)
        champion = champion_of(mended(plan.system))
        theirs = None
        if champion is not None and _comparable(champion, fitted, ingested):
            progress("evaluating the champion", 0, 0, {})
            theirs, again = _champion(plan, ingested, champion, progress)
            reused = reused and again
    return Evaluated(
        reused=reused,
        folder=str(folder),
        metrics=metrics,
        notes=evaluation.notes,
        champion_version=champion.version if champion else None,
        champion_folder=str(theirs) if theirs else None,
    )


def _comparable(champion: Release, fitted: Fitted, ingested: Ingested) -> bool:
    """Whether the champion is another bundle, and learned from the same kind of data: real or simulated."""
    return champion.bundle_hash != fitted.bundle_hash and champion.simulated == ingested.simulated


def _champion(plan: Plan, ingested: Ingested, champion: Release, progress: Progress) -> tuple[Path, bool]:
    try:
        key = _key(plan, ingested, champion.bundle_hash)
        return _evaluated(plan, ingested, bundle_of(champion), key, {}, progress)
    except DatasetChangedError:
        raise
    except UserError as error:
        raise UserError(
            f"the champion, version {champion.version} of {plan.system}, could not be evaluated with the present code: "
            f"{error}; mend that, or remove its alias `champion` in MLflow to let the floors decide"
        ) from error


def _key(plan: Plan, ingested: Ingested, bundle_hash: str) -> str:
    """The name of an evaluation: what was evaluated, on what, by which code, libraries and settings."""
    code = code_of_evaluation(plan.system)
    settings = {name: plan.config.get(name) for name in MEASURED}
    data = [ingested.dataset, ingested.simulated, ingested.tables, ingested.truth]
    content = [bundle_hash, data, code.hash, code.versions, settings]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _evaluated(
    plan: Plan, ingested: Ingested, bundle: Path, key: str, ceilings: dict[str, float], progress: Progress
) -> tuple[Path, bool]:
    """The folder of a finished evaluation, and whether an earlier run made it. It appears complete or not at all.

    One above a ceiling is measured again: a latency depends on what else the machine was doing.
    """
    folder = evaluation_folder(plan.system, key)
    if (folder / "evaluation.json").is_file() and _within(Evaluation.load(folder), ceilings):
        return folder, True
    system = load_system(plan.system)
    inputs = inputs_of(read_manifest(bundle))
    config = limited_to(plan.system, plan.config, MEASURED)
    making = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        with unchanged(ingested) as dataset:
            system.evaluate(bundle, dataset, config, making, progress, inputs).save(making)
        shutil.rmtree(folder, ignore_errors=True)
        making.replace(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder, False


def _within(evaluation: Evaluation, ceilings: dict[str, float]) -> bool:
    return all(evaluation.scalars[name].value <= most for name, most in ceilings.items() if name in evaluation.scalars)


def _log(plan: Plan, ingested: Ingested, fitted: Fitted, folder: Path) -> None:
    run = client().get_run(fitted.run_id)
    # a repeated evaluation differs in its timings
    logged = f"{folder.name}-{sha256_file(folder / 'evaluation.json')[:16]}"
    if run.data.tags.get("evaluation") == logged:
        return
    evaluation = Evaluation.load(folder)
    log_figures(fitted.run_id, _figures(evaluation, split_of(plan)), ingested)
    client().log_artifacts(fitted.run_id, str(folder), "evaluation")
    dataset = open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version)
    spent = Spent.of(run.data.metrics)
    card = model_card(plan, dataset, read_manifest(Path(fitted.bundle)), evaluation, spent)
    client().log_text(fitted.run_id, card, "model_card.md")
    tag_run(fitted.run_id, **{"evaluation": logged, "mlflow.note.content": card[:7900]})


def _figures(evaluation: Evaluation, split: str) -> dict[str, float]:
    """`test/recall_at_1` and `slice/recall_at_1/category.dress`, as MLflow allows names; intervals are in the card.

    Another split is `validation_split/recall_at_1`: `validation/recall_at_1` is a curve of training.
    """
    figures = {}
    part_of = split if split == GATED else f"{split}_split"
    for name, metric in evaluation.totals().items():
        figures[f"{part_of}/{name}"] = metric.value
    for name in own(dict.fromkeys(evaluation.names)):
        for part, (value, _) in evaluation.by_slice(name).items():
            figures[f"slice/{name}/" + re.sub(r"[^\w.\- /]", "_", part.replace("=", "."))] = value
    return figures
