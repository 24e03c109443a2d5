"""`corkboard doctor`: what is installed, reachable and running."""

import typer

from corkboard.options import AsJson

__all__ = ["doctor"]

MARKS = {"good": "ok", "warning": "note", "critical": "FAIL"}


def doctor(as_json: AsJson = False) -> None:
    """Look over the installation, the data and the releases; ends with 1 if something critical is wrong."""
    from corkboard.checks import look
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        found = look()
        well = all(finding.state != "critical" for finding in found)
        answer.document({"healthy": well, "checks": [finding._asdict() for finding in found]})
        for finding in found:
            answer.text(f"{MARKS[finding.state]:<5} {finding.name:<10} {finding.told}")
    if not well:
        raise typer.Exit(1)
