"""Which system fills each role of the composed service, as the systems' own settings say."""

import sys

from components.roles import ROLES
from components.settings import system_names, system_settings
from data.errors import UserError
from serving.discovery.member import Member

__all__ = ["declared", "filling"]


def declared() -> dict[str, Member]:
    """The member of each role that a system fills, none of them with a version; says which settings cannot be read.

    Raises:
        UserError: two systems have the same role.
    """
    found: dict[str, Member] = {}
    for name in system_names():
        try:
            serving = system_settings(name).serving
        except UserError as error:  # of one system, which stops no other
            print(f"corkboard: discovery does without {name}: {error}", file=sys.stderr)  # noqa: T201
            continue
        if serving is None:
            continue
        other = found.get(serving.role)
        if other is not None:
            raise UserError(
                f"{other.system} and {name} both have the role {serving.role!r}, which discovery gives to one; "
                f"take `serving` out of the params.yaml of the other"
            )
        found[serving.role] = Member(serving.role, name, serving.limit_s, serving.workers)
    return {role: found[role] for role in ROLES if role in found}


def filling(role: str) -> str:
    """The system that has a role. Raises `UserError` if there is none."""
    member = declared().get(role)
    if member is None:
        raise UserError(f"no system has the role {role!r}; give it to one by `serving` in its params.yaml")
    return member.system
