"""The model card (Mitchell et al. 2019): what a model is for, what it learned from, how well it does, where it ends."""

from collections.abc import Sequence

import yaml

from components.bundle import Manifest
from components.evaluation import Evaluation
from components.lifecycle.comparison import comparison, own
from components.lifecycle.plan import Plan, make_plan, split_of
from components.lifecycle.record import flat
from components.system import load_system
from data.dataset import Dataset

__all__ = ["model_card"]

SHOWN = 12  # slices, the lowest first


def model_card(plan: Plan, dataset: Dataset, manifest: Manifest, evaluation: Evaluation) -> str:
    """The card as Markdown."""
    parts = [
        f"# {plan.system}, learned from {plan.dataset}",
        _use(plan),
        _data(plan, dataset),
        _inputs(manifest),
        _figures(evaluation),
        _slices(plan, evaluation),
        _limits(dataset, evaluation, plan),
        f"## Configuration\n\n```yaml\n{yaml.safe_dump(plan.config, sort_keys=False).strip()}\n```",
        _again(plan, dataset, manifest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _use(plan: Plan) -> str:
    return f"## Intended use\n\n{load_system(plan.system).purpose}"


def _data(plan: Plan, dataset: Dataset) -> str:
    rows = ", ".join(f"{count:,} {table}" for table, count in sorted(dataset.rows.items()))
    kind = "**simulated**" if dataset.simulated else "real"
    damaged = f"Damaged pictures that are excluded: {dataset.damaged:,}.\n" if dataset.damaged else ""
    return (
        f"## Data\n\n`{dataset.name}`, {kind}, version `{dataset.version}`, licence {dataset.licence}: {rows}.\n"
        f"{damaged}Evaluated on held-out examples (the split {split_of(plan)}), through the predictor that serves."
    )


def _inputs(manifest: Manifest) -> str:
    if not manifest.inputs:
        return ""
    lines = ["## Built on\n\nThe champions of other systems, which it also needs to answer.\n"]
    lines += ["| system | version | bundle |", "|---|---|---|"]
    return "\n".join(
        lines + [f"| {name} | {one.version} | `{one.bundle_hash}` |" for name, one in manifest.inputs.items()]
    )


def _figures(evaluation: Evaluation) -> str:
    lines = [
        f"## Figures\n\nOn {len(evaluation.examples)} examples; 95 % bootstrap intervals.\n",
        "| metric | value | low | high |",
    ]
    lines.append("|---|---|---|---|")
    totals = evaluation.totals()
    for name, metric in own(totals).items():
        interval = ("", "") if metric.low == metric.high else (f"{metric.low:.4g}", f"{metric.high:.4g}")
        lines.append(f"| {name} | {metric.value:.4g} | {interval[0]} | {interval[1]} |")
    columns, rows = comparison(totals)
    if rows:
        lines += [
            "\nBeside baselines, on the same examples:\n",
            *(_row(cells) for cells in (columns, ["---"] * len(columns))),
        ]
        lines += [_row(cells) for cells in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _slices(plan: Plan, evaluation: Evaluation) -> str:
    if plan.gate.primary not in evaluation.metrics or not evaluation.slices:
        return ""
    found = sorted(evaluation.by_slice(plan.gate.primary).items(), key=lambda pair: pair[1][0])
    lines = [f"## Slices\n\n{plan.gate.primary}, the lowest first.\n", "| slice | mean | examples |", "|---|---|---|"]
    lines += [f"| {name} | {mean:.4g} | {count} |" for name, (mean, count) in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"\n{len(found) - SHOWN} more slices are higher.")
    return "\n".join(lines)


def _limits(dataset: Dataset, evaluation: Evaluation, plan: Plan) -> str:
    limits = list(evaluation.notes)
    if dataset.simulated:
        limits.append("It learned from simulated pictures: the figures say nothing about real ones.")
    limits.append(
        f"With {len(evaluation.examples)} examples the intervals above are all that is known; differences inside them "
        f"are noise."
    )
    small = [name for name, (_, count) in _primary_slices(plan, evaluation).items() if count < plan.gate.slice_size]
    if small:
        limits.append(f"{len(small)} slices have fewer than {plan.gate.slice_size} examples and were not judged.")
    limits.append("It knows only the categories and the kind of pictures of its data set.")
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _primary_slices(plan: Plan, evaluation: Evaluation) -> dict[str, tuple[float, int]]:
    return evaluation.by_slice(plan.gate.primary) if plan.gate.primary in evaluation.metrics else {}


def _again(plan: Plan, dataset: Dataset, manifest: Manifest) -> str:
    usual = flat(make_plan(plan.system, plan.dataset).config)
    settings = "".join(f" --set {key}={value}" for key, value in flat(plan.config).items() if usual.get(key) != value)
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(manifest.libraries.items()))
    return (
        f"## To make it again\n\n```\ncorkboard run {plan.system} --dataset {plan.dataset}{settings}\n```\n\n"
        f"Git revision `{manifest.git_revision}`, data version `{dataset.version}`, seed {manifest.seed}, {libraries}. "
        f"Bundle `{manifest.bundle_hash}`."
    )
