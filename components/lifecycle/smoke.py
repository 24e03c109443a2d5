"""Step 9, smoke: golden requests, replayed against the packaged service; only then a version counts as released."""

from components.lifecycle.command import COMMANDS, Commands, answer
from components.lifecycle.plan import Plan
from components.lifecycle.registry import find, history, tag_version
from components.lifecycle.results import Packaged, Promoted, Release, Smoked
from data.errors import UserError

__all__ = ["smoke", "smoke_version"]


def smoke(plan: Plan, promoted: Promoted, packaged: Packaged, commands: Commands = COMMANDS) -> Smoked:
    """Replay the golden requests against the Bento, unless it answered them before."""
    return smoke_version(plan.system, promoted.version, packaged.bento, commands)


def smoke_version(system: str, version: int, bento: str, commands: Commands = COMMANDS) -> Smoked:
    """Start the Bento, replay its golden requests, and mark the version as released if every answer is right.

    Raises:
        UserError: the service could not be started.
    """
    release = find(history(system), system, version)
    if release.bento == bento and release.smoked_code == release.packaged_code:
        if release.status != "released":
            tag_version(system, version, status="released")
        return Smoked(reused=True, passed=True, requests=release.requests)
    found = answer([*commands.smoke, "--bento", bento], f"the smoke test of {bento}")
    if "passed" not in found:
        raise UserError(f"the smoke test of {bento} failed: {found.get('error', found)}")
    smoked = Smoked(passed=found["passed"], requests=found["requests"], failures=tuple(found.get("failures", ())))
    if smoked.passed and smoked.requests == 0:
        smoked = Smoked(passed=False, requests=0, failures=("no golden request was replayed, which proves nothing",))
    if smoked.passed:
        tag_version(system, version, **_proven(release, bento, smoked.requests))
    return smoked


def _proven(release: Release, bento: str, requests: int) -> dict[str, str]:
    code = release.packaged_code or ""
    return {"bento": bento, "smoked_code": code, "requests": str(requests), "failures": "", "status": "released"}
