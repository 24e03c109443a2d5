"""In which processes the systems of the service run: each in its own, or all in one."""

import os
from collections.abc import Mapping, Sequence

from data.errors import UserError
from serving.discovery.member import Member

__all__ = ["PROCESSES", "processes", "sharing"]

PROCESSES = "CORKBOARD_PROCESSES"
APART, SHARED = "apart", "shared"


def sharing() -> bool:
    """Whether the systems share a process, as `CORKBOARD_PROCESSES` says.

    Raises:
        UserError: it says something else.
    """
    given = os.environ.get(PROCESSES) or APART
    if given not in (APART, SHARED):
        raise UserError(f"{PROCESSES} is {given!r}; make it {APART} or {SHARED}")
    return given == SHARED


def processes(members: Sequence[Member]) -> Mapping[str, Sequence[Member]]:
    """The members by the name of the service that runs them: BentoML knows only those of when it was packaged."""
    return {members[0].service: members} if sharing() else {member.service: (member,) for member in members}
