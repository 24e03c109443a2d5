"""The model card (Mitchell et al. 2019): the purpose of a model, its data, its figures and its limits."""

import math
from collections.abc import Sequence

import yaml

from components.bundle import Manifest
from components.evaluation import Evaluation
from components.lifecycle.comparison import bounds, comparison, own
from components.lifecycle.gaps import measured_gap
from components.lifecycle.plan import Plan, make_plan, split_of
from components.lifecycle.record import flat
from components.lifecycle.spent import Spent
from components.system import load_system
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["model_card", "slices_of"]

SHOWN = 12  # slices, the worst first


def model_card(
    plan: Plan, dataset: Dataset, manifest: Manifest, evaluation: Evaluation, spent: Spent | None = None
) -> str:
    """The card as Markdown. spent: what its training took, where that was measured."""
    parts = [
        f"# {plan.system}, learned from {plan.dataset}",
        _use(plan),
        _data(plan, dataset, manifest),
        _inputs(manifest),
        _figures(evaluation),
        slices_of(evaluation, plan.gate.primary),
        _gaps(plan, evaluation),
        _limits(dataset, evaluation, plan),
        f"## Training\n\n{spent.said() if spent else 'What it took was not measured.'}",
        f"## Configuration\n\n```yaml\n{yaml.safe_dump(plan.config, sort_keys=False).strip()}\n```",
        _again(plan, manifest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _use(plan: Plan) -> str:
    system = load_system(plan.system)
    ruled_out = system.not_for or "Nothing is ruled out by those who made it; that does not mean that all is well."
    return f"## Intended use\n\n{system.purpose}\n\n## Not intended\n\n{ruled_out}"


def _data(plan: Plan, dataset: Dataset, manifest: Manifest) -> str:
    rows = ", ".join(f"{dataset.rows[name]:,} {name} (`{read[:8]}`)" for name, read in sorted(manifest.tables.items()))
    kind = "**simulated**" if dataset.simulated else "real"
    damaged = f"Damaged pictures that are excluded: {dataset.damaged:,}.\n" if dataset.damaged else ""
    return (
        f"## Data\n\n`{dataset.name}`, {kind}, version `{manifest.data_version}`, licence {dataset.licence}: {rows}.\n"
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
        "| metric | value | 95 % interval | unit | better |",
        "|---|---|---|---|---|",
    ]
    totals = evaluation.totals()
    for name, figure in own(totals).items():
        measured = evaluation.metric(name) or evaluation.scalars[name]
        lines.append(_row((name, f"{figure.value:.4g}", bounds(figure), measured.unit, measured.direction or "")))
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


def slices_of(evaluation: Evaluation, first: str) -> str:
    """All figures over examples by slice, the worst of `first` first; none that is NaN."""
    primary = evaluation.metric(first)
    if primary is None or not evaluation.slices:
        return ""
    names = [primary.name, *(name for name in own(dict.fromkeys(evaluation.names)) if name != primary.name)]
    of = {name: evaluation.by_slice(name) for name in names}
    order = sorted(
        of[primary.name].items(), key=lambda pair: primary.sign * pair[1][0] if math.isfinite(pair[1][0]) else -math.inf
    )
    how = f"{primary.name}, the worst first. A figure that is undefined, or of too few examples, is left out."
    lines = [f"## Slices\n\n{how}\n", _row(("slice", "examples", *names))]
    lines.append(_row(["---"] * (len(names) + 2)))
    for part, (_, count) in order[:SHOWN]:
        values = [of[name][part][0] for name in names]
        lines.append(_row((part, str(count), *("" if math.isnan(value) else f"{value:.4g}" for value in values))))
    if len(order) > SHOWN:
        lines.append(f"\n{len(order) - SHOWN} more slices are better.")
    return "\n".join(lines)


def _gaps(plan: Plan, evaluation: Evaluation) -> str:
    if not plan.gate.gaps:
        return ""
    lines = [
        "## Gaps between sensitive slices\n",
        "| gap | difference | ratio | worst | best |",
        "|---|---|---|---|---|",
    ]
    for limit in plan.gate.gaps:
        try:
            gap = measured_gap(evaluation, limit, plan.gate.slice_size)
        except UserError as error:
            lines.append(_row((limit.name, str(error), "", "", "")))
            continue
        kinds = (f"{value:.3g} ({low:.3g} to {high:.3g})" for value, low, high in (gap.difference, gap.ratio))
        lines.append(_row((limit.name, *kinds, gap.worst, gap.best)))
    return "\n".join(lines)


def _limits(dataset: Dataset, evaluation: Evaluation, plan: Plan) -> str:
    limits = list(evaluation.notes)
    if dataset.simulated:
        limits.append("It learned from simulated data: the figures say nothing about real people and pictures.")
    limits.append(
        f"With {len(evaluation.examples)} examples the intervals above are all that is known; differences inside them "
        f"are noise."
    )
    small = [name for name, rows in evaluation.parts() if len(rows) < plan.gate.slice_size]
    if small:
        limits.append(f"{len(small)} slices have fewer than {plan.gate.slice_size} examples and were judged together.")
    limits.append("It knows only the categories and the kind of pictures of its data set.")
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _again(plan: Plan, manifest: Manifest) -> str:
    usual = flat(make_plan(plan.system, plan.dataset).config)
    settings = "".join(f" --set {key}={value}" for key, value in flat(plan.config).items() if usual.get(key) != value)
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(manifest.libraries.items()))
    return (
        f"## To make it again\n\n```\ncorkboard run {plan.system} --dataset {plan.dataset}{settings}\n```\n\n"
        f"Git revision `{manifest.git_revision}`, data version `{manifest.data_version}`, seed {manifest.seed}, "
        f"{libraries}. Bundle `{manifest.bundle_hash}`."
    )
