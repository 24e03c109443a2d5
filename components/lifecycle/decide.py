"""Step 5, gate: the pure function of `gate.py` with the files and facts it needs; its verdict is logged."""

from pathlib import Path

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gate import gate
from components.lifecycle.inputs import changed_inputs
from components.lifecycle.plan import Plan, split_of
from components.lifecycle.record import tag_run
from components.lifecycle.registry import mended
from components.lifecycle.results import Evaluated, Fitted, Ingested, Verdict
from components.lifecycle.tracking import client

__all__ = ["decide"]


def decide(plan: Plan, ingested: Ingested, fitted: Fitted, evaluated: Evaluated) -> Verdict:
    """Judge the candidate. A refused one stays in MLflow, its run tagged with the verdict and every reason."""
    candidate = Evaluation.load(Path(evaluated.folder))
    champion = Evaluation.load(Path(evaluated.champion_folder)) if evaluated.champion_folder else None
    verdict = gate(candidate, champion, plan.gate, _facts(plan, ingested, fitted, evaluated))
    _log(plan, fitted, evaluated, verdict)
    return verdict


def _facts(plan: Plan, ingested: Ingested, fitted: Fitted, evaluated: Evaluated) -> Facts:
    releases = mended(plan.system)
    champion = next((release for release in releases if release.version == evaluated.champion_version), None)
    own = next((release for release in releases if release.bundle_hash == fitted.bundle_hash), None)
    return Facts(
        system=plan.system,
        simulated=ingested.simulated,
        split=split_of(plan),
        dataset=plan.dataset,
        champion_version=evaluated.champion_version,
        champion_simulated=champion is not None and champion.simulated,
        champion_dataset=champion.dataset if champion else "",
        changed_inputs=changed_inputs(ingested.inputs),
        version=own.version if own else None,
        rolled_back=own is not None and own.status == "rolled_back",
    )


def _log(plan: Plan, fitted: Fitted, evaluated: Evaluated, verdict: Verdict) -> None:
    reasons = "\n".join(verdict.reasons)
    tags = {"verdict": "passed" if verdict.passed else "refused", "verdict_reasons": reasons[:7900]}
    run = client().get_run(fitted.run_id)
    if any(run.data.tags.get(key) != value for key, value in tags.items()):
        content = {
            **verdict.model_dump(mode="json"),
            "champion_version": evaluated.champion_version,
            "policy": plan.gate.model_dump(mode="json"),
        }
        client().log_dict(fitted.run_id, content, "verdict.json")
        tag_run(fitted.run_id, **tags)
    if run.info.status != "FINISHED":
        client().set_terminated(fitted.run_id, "FINISHED")
