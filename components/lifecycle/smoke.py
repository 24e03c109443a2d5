"""Step 9, smoke: golden requests, replayed against the packaged service; only then a version counts as released."""

from components.lifecycle.command import COMMANDS, Commands, answer
from components.lifecycle.registry import champion_of, changing, find, history, tag_version
from components.lifecycle.results import Packaged, Smoked
from data.errors import UserError

__all__ = ["smoke"]


def smoke(system: str, version: int, packaged: Packaged, commands: Commands = COMMANDS) -> Smoked:
    """Replay the golden requests against the Bento, unless it answered them before.

    A version whose every answer is right is marked as released.

    Raises:
        UserError: the service could not be started, or somebody took the version out of service meanwhile.
    """
    bento = packaged.bento
    release = find(history(system), system, version)
    if packaged.reused and release.bento == bento:
        _release(system, version, bento, release.requests)
        return Smoked(reused=True, passed=True, requests=release.requests)
    result = answer([*commands.smoke, "--bento", bento], f"the smoke test of {bento}")
    if "passed" not in result:
        raise UserError(f"the smoke test of {bento} failed: {result.get('error', result)}")
    smoked = Smoked(passed=result["passed"], requests=result["requests"], failures=tuple(result.get("failures", ())))
    if smoked.passed and smoked.requests == 0:
        smoked = Smoked(passed=False, requests=0, failures=("no golden request was replayed, which proves nothing",))
    if smoked.passed:
        _release(system, version, bento, smoked.requests)
    return smoked


def _release(system: str, version: int, bento: str, requests: int) -> None:
    """Tag the champion as released; a person's rollback of it that came first stands."""
    with changing(system) as releases:
        champion = champion_of(releases)
        if champion is None or champion.version != version:
            raise UserError(
                f"version {version} of {system} was taken out of service while it was being proven; to bring it back, "
                f"run `corkboard promote {system} {version} --force --reason WHY`"
            )
        tag_version(system, version, bento=bento, requests=str(requests), failures=None, status="released", former=None)
