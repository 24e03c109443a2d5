"""`corkboard rollback`: makes the former champion serve again."""

from corkboard.options import AsJson, System

__all__ = ["rollback"]


def rollback(system: System, as_json: AsJson = False) -> None:
    """Make the previous version the champion again; needs no training."""
    from components.settings import system_names
    from corkboard.output import answering
    from corkboard.releases import announce
    from data.environment import set_environment
    from data.errors import unknown

    with answering(as_json) as answer:
        set_environment()
        known = system_names()
        if system not in known:
            raise unknown("system", system, known)
        from components.lifecycle import rollback as step

        done = step.rollback(system)
        announce(system, done.version)
        answer.document({"system": system, **done.model_dump(mode="json")})
        answer.text(f"version {done.version} of {system} is the champion again, in place of version {done.rolled_back}")
