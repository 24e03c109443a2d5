"""`corkboard status`: the state of the stack and of the champions."""

from corkboard.options import AsJson

__all__ = ["status"]


def status(as_json: AsJson = False) -> None:
    """Show which parts of the stack run and answer, how many flow runs wait, and which champions are stale."""
    from corkboard.output import answering
    from corkboard.releases import champions_standing
    from corkboard.stack.standing import standing
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        report = standing() | {"champions": champions_standing()}
        answer.document(report)
        for name, part in report["parts"].items():
            answer.text(f"{name:<9} {part['state']:<8} {part['address'] or ''}".rstrip())
            for sentence in part["stale"]:
                answer.text(f"          stale: {sentence}; discovery changes to it, or says in {part['log']} why not")
        if report["runs"]:
            answer.text("runs      " + ", ".join(f"{count} {state}" for state, count in report["runs"].items()))
        for champion in report["champions"]:
            stale = f"stale: {'; '.join(champion['stale'])}" if champion["stale"] else ""
            answer.text(
                f"{champion['system']:<16} version {champion['version']:<4} {champion['status']:<9} {stale}".rstrip()
            )
        if report["state"] == "stopped":
            answer.text("start it with: corkboard up")
