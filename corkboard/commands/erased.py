"""`corkboard erased`: what still holds data of people who were erased."""

from corkboard.options import AsJson

__all__ = ["erased"]


def erased(as_json: AsJson = False) -> None:
    """List the data sets and releases that still hold data of erased people, and until when they may."""
    import time

    from components.lifecycle.tracking import is_registry_empty
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        from components.lifecycle.erased import holding
        from components.lifecycle.registry import releases
        from data.erased import tombstones

        found = holding(int(time.time()), [] if is_registry_empty() else releases())
        answer.document({"erased": len(tombstones()), "held_by": [one.model_dump() for one in found]})
        if not found:
            answer.text(f"{len(tombstones())} people were erased, and nothing here holds anything of them")
        elif not as_json:
            rows = [(one.kind, one.name, one.version, str(one.people), one.by, one.mended_by) for one in found]
            answer.table(("what", "name", "version", "people", "until", "mended by"), rows)
