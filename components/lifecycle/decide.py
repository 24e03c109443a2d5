"""Step 5, gate: the pure function of `gate.py` with the files and facts it needs; its verdict is logged."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gap_figure import gap_figure
from components.lifecycle.gaps import measured_gap
from components.lifecycle.gate import gate
from components.lifecycle.inputs import changed_inputs
from components.lifecycle.plan import Plan, split_of
from components.lifecycle.record import log_figures, tag_run
from components.lifecycle.registry import mended
from components.lifecycle.results import Evaluated, Fitted, Ingested, Verdict
from components.lifecycle.tracking import client
from data.dataset import open_dataset
from data.errors import UserError

__all__ = ["decide"]


def decide(plan: Plan, ingested: Ingested, fitted: Fitted, evaluated: Evaluated) -> Verdict:
    """Judge the candidate. A refused one stays in MLflow, its run tagged with the verdict and every reason."""
    candidate = Evaluation.load(Path(evaluated.folder))
    champion = Evaluation.load(Path(evaluated.champion_folder)) if evaluated.champion_folder else None
    verdict = gate(candidate, champion, plan.gate, _facts(plan, ingested, fitted, evaluated))
    if _log(plan, fitted, evaluated, verdict):
        _log_gaps(plan, ingested, fitted, {"candidate": candidate, "champion": champion})
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
        licence=open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version).licence,
        champion_version=evaluated.champion_version,
        champion_simulated=champion is not None and champion.simulated,
        champion_dataset=champion.dataset if champion else "",
        changed_inputs=changed_inputs(ingested.inputs),
        version=own.version if own else None,
        rolled_back=own is not None and own.status == "rolled_back",
    )


def _log(plan: Plan, fitted: Fitted, evaluated: Evaluated, verdict: Verdict) -> bool:
    """Log the verdict, and say whether it is another than before."""
    reasons = "\n".join(verdict.reasons)
    tags = {"verdict": "passed" if verdict.passed else "refused", "verdict_reasons": reasons[:7900]}
    run = client().get_run(fitted.run_id)
    changed = any(run.data.tags.get(key) != value for key, value in tags.items())
    if changed:
        content = {
            **verdict.model_dump(mode="json"),
            "champion_version": evaluated.champion_version,
            "policy": plan.gate.model_dump(mode="json"),
        }
        client().log_dict(fitted.run_id, content, "verdict.json")
        tag_run(fitted.run_id, **tags)
    if run.info.status != "FINISHED":
        client().set_terminated(fitted.run_id, "FINISHED")
    return changed


def _log_gaps(plan: Plan, ingested: Ingested, fitted: Fitted, by: Mapping[str, Evaluation | None]) -> None:
    """The figure `gaps.png`, and each gap as a metric; a gap that cannot be measured is in the verdict."""
    panels, figures = [], dict[str, float]()
    for limit in plan.gate.gaps:
        gaps = {}
        for who, evaluation in by.items():
            with suppress(UserError):
                if evaluation is not None:
                    gaps[who] = measured_gap(evaluation, limit, plan.gate.slice_size)
        if "candidate" in gaps:
            panels.append((limit.name, gaps))
            name = f"gap/{limit.metric}/{'.'.join(limit.slices)}"
            ours = gaps["candidate"]
            figures |= {f"{name}/difference": ours.difference[0], f"{name}/ratio": ours.ratio[0]}
    if panels:
        log_figures(fitted.run_id, figures, ingested)
        client().log_figure(fitted.run_id, gap_figure(panels), "gaps.png")
