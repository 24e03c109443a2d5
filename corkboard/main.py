"""The command line. Modules of commands import what they need inside, so that `--help` stays quick."""

import sys
from typing import Annotated

import typer

from corkboard.commands import (
    audit,
    bench,
    canary,
    data,
    diff,
    doctor,
    down,
    erased,
    experiment,
    gaps,
    image,
    label,
    mcp,
    metrics,
    models,
    monitor,
    new,
    notify,
    promote,
    reproduce,
    rollback,
    run,
    serve,
    status,
    up,
)
from corkboard.faults import sentence

__all__ = ["app", "main"]

app = typer.Typer(
    name="corkboard",
    help="Validate, train, prove, promote, package and serve the models of a visual discovery engine.",
    epilog="Exit codes: 0 done, 1 failed or invalid data, 2 wrong usage, 3 candidate refused, 130 interrupted.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would double the time of --help
)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error; goes anywhere.")] = False,
) -> None:
    """Options of every command. `main` has already removed `--debug`; it is here for the help."""
    del debug


app.command("run")(run.run)
app.command("label")(label.label)
app.add_typer(data.app, name="data")
app.add_typer(experiment.app, name="experiment")
app.command("models")(models.models)
app.add_typer(canary.app, name="canary")
app.command("monitor")(monitor.monitor)
app.command("audit")(audit.audit)
app.command("gaps")(gaps.gaps)
app.command("erased")(erased.erased)
app.command("diff")(diff.diff)
app.command("reproduce")(reproduce.reproduce)
app.command("promote")(promote.promote)
app.command("rollback")(rollback.rollback)
app.command("serve")(serve.serve)
app.command("image")(image.image)
app.command("notify")(notify.notify)
app.command("new")(new.new)
app.command("up")(up.up)
app.command("down")(down.down)
app.command("status")(status.status)
app.command("mcp")(mcp.mcp)
app.command("bench")(bench.bench)
app.command("metrics")(metrics.metrics)
app.command("doctor")(doctor.doctor)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: an error is one sentence on stderr, a traceback only with `--debug`."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        app([argument for argument in given if argument != "--debug"], prog_name="corkboard")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        print(f"corkboard: {sentence(error)}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
