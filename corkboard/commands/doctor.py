"""`corkboard doctor`: what is installed, reachable and running."""

import typer

from corkboard.options import AsJson

__all__ = ["doctor"]

MARKS = {"good": "ok", "warning": "note", "critical": "FAIL"}


def doctor(as_json: AsJson = False) -> None:
    """Check the installation, the data and the releases; ends with 1 if something critical is wrong."""
    from corkboard.checks import look
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        findings = look()
        well = all(finding.state != "critical" for finding in findings)
        answer.document({"healthy": well, "checks": [finding._asdict() for finding in findings]})
        for finding in findings:
            answer.text(f"{MARKS[finding.state]:<5} {finding.name:<10} {finding.message}")
    if not well:
        raise typer.Exit(1)
