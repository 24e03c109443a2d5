"""`corkboard reproduce`: trains a registered version again and compares."""

from typing import Annotated

import typer

from corkboard.options import AsJson, System

__all__ = ["reproduce"]


def reproduce(
    system: System,
    version: Annotated[int, typer.Argument(min=1, help="A version that `corkboard models` lists.")],
    as_json: AsJson = False,
) -> None:
    """Train a version again, in its own code and on its own data, and say whether bundle and figures agree.

    Ends with 0 if they do, 1 if not. Nothing is registered.
    """
    from components.settings import system_names
    from corkboard.output import answering
    from corkboard.watch import watching_terminal
    from data.environment import set_environment
    from data.errors import unknown

    with answering(as_json) as answer:
        set_environment()
        if system not in system_names():
            raise unknown("system", system, system_names())
        from components.lifecycle import reproduce as step
        from components.lifecycle.run import Journal

        with watching_terminal(step.STEPS) as watch:
            done = step.reproduce(system, version, Journal(watch))
        answer.document(done.model_dump(mode="json"))
        for what, names, count in (("file", done.files, ""), ("figure", done.moved, f" of {len(done.figures)}")):
            answer.text(f"{what}s that differ: {', '.join(names) or 'none'}{count if names else ''}")
        for name in done.moved:
            answer.text(f"  {name}: registered {done.figures[name][0]}, again {done.figures[name][1]}")
        for name, (then, now) in done.libraries.items():
            answer.text(f"  {name} was {then} and is {now or 'not installed'} here")
        answer.text(f"code     {done.code}\ndata     {done.data}\nbundle   {done.bundle_hash[0]}")
        verdict = "agrees with" if done.agrees else "differs from"
        answer.text(f"version {version} of {system}, trained again, {verdict} what is registered")
    if not done.agrees:
        raise typer.Exit(1)
