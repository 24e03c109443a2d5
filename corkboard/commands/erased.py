"""`corkboard erased`: what still holds data of people who were erased."""

from typing import Annotated

import typer

from corkboard.options import AsJson

__all__ = ["erased"]


def erased(
    delete: Annotated[bool, typer.Option("--delete", help="Take their rows out of evaluations first.")] = False,
    as_json: AsJson = False,
) -> None:
    """List data sets, releases and evaluations that still hold data of erased people, and until when they may."""
    import time

    from components.lifecycle.tracking import is_registry_empty
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        from components.lifecycle.erased import holding
        from components.lifecycle.forget import evaluations_holding
        from components.lifecycle.registry import releases
        from data.erased import tombstones

        empty = is_registry_empty()
        found = holding(int(time.time()), [] if empty else releases())
        found += [] if empty else evaluations_holding(delete)
        answer.document({"erased": len(tombstones()), "held_by": [one.model_dump() for one in found]})
        if not found:
            answer.text(f"{len(tombstones())} people were erased, and nothing here holds anything of them")
        elif not as_json:
            rows = [(one.kind, one.name, one.version, str(one.people), one.by, one.mended_by) for one in found]
            answer.table(("what", "name", "version", "people", "until", "mended by"), rows)
