"""`corkboard experiment`: start and stop an experiment, and report on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.experiments.steps import Reported
    from corkboard.output import Answer

__all__ = ["app"]

app = typer.Typer(help="Online experiments: start, stop, report.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name in the design of an experiment that was started.")]


@app.command("start")
def start(
    design: Annotated[Path, typer.Argument(help="A YAML file: name, arms, metrics … as docs/experiments.md says.")],
    as_json: AsJson = False,
) -> None:
    """Let an experiment run: from now on its arms are assigned and exposures logged."""
    import yaml
    from pydantic import ValidationError

    from components.experiments.design import Experiment
    from components.experiments.steps import opened_store
    from corkboard.output import answering
    from data.errors import UserError
    from data.params.strict import explain

    with answering(as_json) as answer:
        if not design.is_file():
            raise UserError(f"{design} is no file; give the design of an experiment as YAML")
        try:
            experiment = Experiment.model_validate(yaml.safe_load(design.read_text(encoding="utf-8")))
        except (ValidationError, yaml.YAMLError, UnicodeError) as error:
            told = explain(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
            raise UserError(f"{design} is no design of an experiment: {told}") from None
        opened_store().start(experiment)
        answer.document({"name": experiment.name, "started": True})
        answer.text(f"{experiment.name} runs for {experiment.days} days, with the arms {', '.join(experiment.arms)}")


@app.command("stop")
def stop(name: Name, as_json: AsJson = False) -> None:
    """End an experiment: nobody is exposed to it any more."""
    from components.experiments.steps import opened_store
    from corkboard.output import answering

    with answering(as_json) as answer:
        opened_store().stop(name)
        answer.document({"name": name, "stopped": True})
        answer.text(f"{name} is stopped")


@app.command("report")
def report(
    name: Annotated[str | None, typer.Argument(help="An experiment that was started.")] = None,
    outcomes: Annotated[Path | None, typer.Option(help="What its units did: Parquet or CSV with unit_id.")] = None,
    units: Annotated[Path | None, typer.Option(help="What was known of them before: covariates, segments.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Report on a simulated experiment with known truth.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what an experiment shows by its last full day, with a page for people. Looking every day is allowed."""
    import time

    from components.experiments.steps import Reported
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import UserError

    with answering(as_json) as answer:
        if demo == (name is not None):
            raise UserError("give the name of an experiment, or --demo")
        set_environment()
        from corkboard.servers import servers
        from corkboard.watch import watching_terminal
        from flows.here import run_here

        files = {"outcomes": outcomes, "units": units}
        given = {key: str(path.resolve()) for key, path in files.items() if path is not None}
        server, pages = servers()
        with watching_terminal(("analyse", "record")) as watch:
            run_here(_flow, {"now_s": int(time.time()), "name": name, **given}, server, watch, ("mlflow",))
        result = watch.summary
        assert isinstance(result, Reported)
        answer.document(result.model_dump(mode="json"))
        _report(result, answer, pages)
        if result.error:
            raise UserError(result.error)


@app.command("offpolicy")
def offpolicy(
    log: Annotated[Path, typer.Argument(help="Parquet: reward, action, propensity, policy, and features.")],
    as_json: AsJson = False,
) -> None:
    """Estimate from a log what another policy would have earned, before it is tested on people."""
    from components.offpolicy import cross_fitted, evaluate, read_log
    from corkboard.output import answering
    from data.errors import UserError

    with answering(as_json) as answer:
        logged, x_ND = read_log(log)
        found = evaluate(logged, cross_fitted(logged, x_ND))
        answer.document(found.model_dump())
        answer.text(f"log      {found.rows:,} rows, effective sample size {found.ess:,.0f}, value {found.logged:.4g}")
        if found.refused:
            raise UserError(found.refused)
        known = {**found.estimates, "gain": found.gain}
        rows = [
            (name, f"{each.value:.4g}", "" if each.low is None else f"{each.low:.4g} to {each.high:.4g}")
            for name, each in known.items()
            if each is not None
        ]
        answer.table(("estimate", "value", "95 % interval"), rows)
        answer.text(found.advice)


def _flow() -> Any:
    from flows.experiment import experiment

    return experiment


def _report(result: "Reported", answer: "Answer", pages: str | None) -> None:
    from components.experiments.report import interval_text

    made = result.report
    if made is None or result.recorded is None:
        return
    rows = [
        (
            one.metric,
            one.arm,
            f"{one.control_value:.4g}",
            f"{one.arm_value:.4g}",
            f"{one.relative:+.2%}",
            interval_text(one.low, one.high),
            f"{one.q:.2g}",
            one.verdict if one.guardrail is None else f"{one.verdict}, guardrail {one.guardrail}",
        )
        for one in made.comparisons
    ]
    answer.table(("metric", "arm", "control", "arm's", "change", "interval at every look", "q", "verdict"), rows)
    for note in made.notes:
        answer.text(f"note     {note}")
    counts = ", ".join(f"{count:,} {arm}" for arm, count in made.units.items())
    answer.text(f"day      {made.day} of {made.days}: {counts}; sample ratio p = {made.ratio_p:.3g}")
    answer.text(f"page     {result.recorded.page}")
    answer.text(f"mlflow   run {result.recorded.run_id} at {pages or 'http://127.0.0.1:5000, after `corkboard up`'}")
    answer.text(made.decision)
