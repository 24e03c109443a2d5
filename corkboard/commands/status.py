"""`corkboard status`: how the stack stands."""

from corkboard.options import AsJson

__all__ = ["status"]


def status(as_json: AsJson = False) -> None:
    """Say what of the stack runs and answers, where, and how many flow runs wait."""
    from corkboard.output import answering
    from corkboard.stack.standing import standing

    with answering(as_json) as answer:
        found = standing()
        answer.document(found)
        for name, part in found["parts"].items():
            answer.text(f"{name:<8} {part['state']:<8} {part['address'] or ''}".rstrip())
        if found["runs"]:
            answer.text("runs     " + ", ".join(f"{count} {state}" for state, count in found["runs"].items()))
        if found["state"] == "stopped":
            answer.text("start it with: corkboard up")
