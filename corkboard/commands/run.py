"""`corkboard run`: the lifecycle of a system in this process."""

from typing import Annotated, Any

import typer

from corkboard.options import AsJson, Settings, System, setting

__all__ = ["run"]

NEEDED_SOON = ("mlflow", "torch")
CODES = {"released": 0, "refused": 3, "invalid": 1, "failed": 1}


def run(
    system: System,
    dataset: Annotated[str | None, typer.Option(help="A data set of params.yaml; by default the system's own.")] = None,
    settings: Settings = None,
    with_inputs: Annotated[
        bool, typer.Option("--with-inputs", help="First run the systems that it builds on and that have no champion.")
    ] = False,
    baselines: Annotated[
        str | None,
        typer.Option(
            metavar="all|NAME,…",
            help="Measure beside these baselines instead of the quick ones of the settings; some take longer than the "
            "system itself. Their figures are kept.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ingest, validate, fit, evaluate, gate, register, promote, package and smoke a system.

    Ends with 0 if the candidate was released, 3 if the gate refused it, 1 if data or a step failed.
    """
    from components.lifecycle.facts import is_for_research
    from components.lifecycle.plan import baselines_of, make_plan
    from corkboard.output import answering
    from data.environment import set_environment
    from data.params import load

    with answering(as_json) as answer:
        set_environment()
        overrides: dict[str, Any] = dict(setting(given) for given in settings or [])
        if baselines is not None:
            known = baselines_of(system)
            overrides["evaluation.baselines"] = list(known) if baselines == "all" else baselines.split(",")
        plan = make_plan(system, dataset, overrides)
        if is_for_research(load().datasets[plan.dataset].licence) and not plan.gate.override.strip():
            typer.echo(
                f"note: {plan.dataset} is for research, so that the candidate is measured and not released; whoever "
                f"may answer for serving it gives --set gate.override='WHY'",
                err=True,
            )
        from components.lifecycle.results import Summary
        from corkboard.report import report
        from corkboard.servers import servers
        from corkboard.watch import watching_terminal
        from flows.here import run_here

        server, pages = servers()
        if with_inputs:
            _run_inputs(system)
        given = {"system": plan.system, "dataset": plan.dataset, "overrides": overrides}
        with watching_terminal() as watch:
            try:
                run_here(_flow, given, server, watch, NEEDED_SOON)
            finally:
                if watch.summary is not None:
                    assert isinstance(watch.summary, Summary)
                    answer.document(watch.summary.model_dump(mode="json"))
        assert watch.summary is not None
        report(watch.summary, answer, pages)
        code = CODES[watch.summary.status]
    if code:
        raise typer.Exit(code)


def _flow() -> Any:
    from flows.lifecycle import lifecycle

    return lifecycle


def _run_inputs(system: str) -> None:
    """Run what `system` builds on and has no champion, each in a process of its own, on its default data set."""
    import subprocess
    import sys

    from components.lifecycle.inputs import missing_inputs
    from data.errors import UserError

    for name in missing_inputs(system):
        # what it prints is progress here: the answer of this command is the system's own
        done = subprocess.run([sys.executable, "-m", "corkboard", "run", name], stdout=sys.stderr, check=False)
        if done.returncode:
            raise UserError(f"{system} builds on {name}, whose run was not released; see above, and run it by itself")
