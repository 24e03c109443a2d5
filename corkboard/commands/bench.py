"""`corkboard bench`: our figures beside a peer's, measured in the same run on the same machine."""

from typing import Annotated, Any

import typer

from corkboard.options import AsJson

__all__ = ["bench", "benches"]

TIMED = ("canvas", "soak")
FOLDED = "ads"
COLUMNS = ("bench", "metric", "ours", "peer", "peer_name", "ratio", "unit")


def benches() -> dict[str, str]:
    """Name to module of every side-by-side benchmark; each has `run() -> list[Row]`."""
    import pkgutil

    from corkboard import bench as package

    return {
        module.name.replace("_", "-"): f"{package.__name__}.{module.name}"
        for module in pkgutil.iter_modules(package.__path__)
        if not module.name.startswith("_")
    }


def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; by default all of them.")] = None,
    minutes: Annotated[float | None, typer.Option(help="How long `soak` and `canvas` load the service.")] = None,
    folds: Annotated[
        int | None,
        typer.Option(min=0, max=5, help="In how many of five folds `ads` is compared with peers, 14 minutes each."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the side-by-side benchmarks; a ratio is ours / peer, so for a time (s, ms) less is better.

    Ends with 1 if one of them failed; the rows of the others are printed all the same.
    """
    import importlib
    import sys

    from corkboard.faults import sentence
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import UserError, unknown

    with answering(as_json) as answer:
        set_environment()
        known = benches()
        if name is not None and name not in known:
            raise unknown("benchmark", name, known)
        if minutes is not None and name not in TIMED:
            raise UserError(f"--minutes is for `corkboard bench {' and '.join(TIMED)}` only; leave it out")
        if folds is not None and name != FOLDED:
            raise UserError(f"--folds is for `corkboard bench {FOLDED}` only; leave it out")
        asked = {"minutes": minutes, "folds": folds}
        given = {option: value for option, value in asked.items() if value is not None}
        rows: list[dict[str, Any]] = []
        failed = False
        for chosen in [name] if name else sorted(known):
            print(f"{chosen} …", file=sys.stderr)  # noqa: T201
            try:
                measured = importlib.import_module(known[chosen]).run(**given)
            except Exception as error:
                if name or "--debug" in sys.argv:
                    raise
                failed = True
                print(f"corkboard: {chosen}: {sentence(error)}", file=sys.stderr)  # noqa: T201
                continue
            rows += [{"bench": chosen, **row.document()} for row in measured]
        answer.document(rows)
        if not as_json:
            answer.table(COLUMNS, [tuple(_shown(row[column]) for column in COLUMNS) for row in rows])
    if failed:
        raise typer.Exit(1)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
