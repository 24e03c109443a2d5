"""`corkboard status`: how the stack and the champions stand."""

from corkboard.options import AsJson

__all__ = ["status"]


def status(as_json: AsJson = False) -> None:
    """Say what of the stack runs and answers, how many flow runs wait, and which champions are stale."""
    from corkboard.output import answering
    from corkboard.releases import champions_standing
    from corkboard.stack.standing import standing

    with answering(as_json) as answer:
        found = standing() | {"champions": champions_standing()}
        answer.document(found)
        for name, part in found["parts"].items():
            answer.text(f"{name:<8} {part['state']:<8} {part['address'] or ''}".rstrip())
        if found["runs"]:
            answer.text("runs     " + ", ".join(f"{count} {state}" for state, count in found["runs"].items()))
        for champion in found["champions"]:
            stale = f"stale: {'; '.join(champion['stale'])}" if champion["stale"] else ""
            answer.text(
                f"{champion['system']:<16} version {champion['version']:<4} {champion['status']:<9} {stale}".rstrip()
            )
        if found["state"] == "stopped":
            answer.text("start it with: corkboard up")
