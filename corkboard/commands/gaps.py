"""`corkboard gaps`: gaps between sensitive slices on validation, by which the gate's limits are chosen."""

from typing import Annotated

import typer

from corkboard.options import AsJson, Settings, System, setting

__all__ = ["gaps"]


def gaps(
    system: System,
    dataset: Annotated[str | None, typer.Option(help="A data set of params.yaml; by default the system's own.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Train without the test, and measure on validation how far sensitive slices lie apart. Nothing is registered.

    Proposes a limit for each gap that the gate names: the end of its interval, to the next .05.
    """
    import tempfile
    from pathlib import Path

    from components.lifecycle.plan import make_plan
    from corkboard.output import answering
    from corkboard.watch import watching_terminal
    from data.environment import set_environment
    from data.project import home

    with answering(as_json) as answer:
        set_environment()
        plan = make_plan(system, dataset, dict(setting(given) for given in settings or []))
        from components.lifecycle.ingest import ingest
        from components.lifecycle.rehearsal import rehearse
        from components.lifecycle.run import Journal

        with (
            watching_terminal(("ingest", "rehearse")) as watch,
            tempfile.TemporaryDirectory(dir=home(), prefix=".gaps-") as folder,
        ):
            journal = Journal(watch)

            def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
                watch.progress(journal.step, doing, done, total, figures)

            ingested = journal.call("ingest", ingest, plan, progress)
            found = journal.call("rehearse", rehearse, plan, ingested, Path(folder), progress)
        answer.document([one.model_dump(mode="json") for one in found])
        for one in found:
            limited = "no limit" if one.limit is None else f"limit {one.limit:g}"
            answer.text(
                f"{one.kind} of {one.gap}: {one.value:.3f} [{one.low:.3f}, {one.high:.3f}], worst {one.worst}, "
                f"best {one.best}; {limited}, proposed {one.proposed:g}"
            )
