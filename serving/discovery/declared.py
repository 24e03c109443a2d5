"""Which system fills each role of the composed service, as the systems' own settings say."""

from components.roles import ROLES, Role
from components.settings import Serving, system_names, system_settings
from data.errors import UserError
from serving.discovery.member import Member

__all__ = ["declared", "filling", "unreadable"]


def declared() -> dict[str, Member]:
    """The member of each role that a system fills, none of them with a version. Systems of `unreadable` have none.

    Raises:
        UserError: two systems have the same role.
    """
    members: dict[Role, Member] = {}
    for name, serving in _settings().items():
        if not isinstance(serving, Serving):
            continue
        other = members.get(serving.role)
        if other is not None:
            raise UserError(
                f"{other.system} and {name} both have the role {serving.role!r}, which discovery gives to one; "
                f"take `serving` out of the params.yaml of the other"
            )
        members[serving.role] = Member(serving.role, name, serving.limit_s, serving.workers)
    return {role: members[role] for role in ROLES if role in members}


def unreadable() -> dict[str, str]:
    """Systems whose settings cannot be read, and why; the service does without them, since one stops no other."""
    return {name: str(settings) for name, settings in _settings().items() if isinstance(settings, UserError)}


def filling(role: str) -> str:
    """The system that has a role. Raises `UserError` if there is none."""
    member = declared().get(role)
    if member is None:
        raise UserError(f"no system has the role {role!r}; give it to one by `serving` in its params.yaml")
    return member.system


def _settings() -> dict[str, Serving | UserError | None]:
    settings: dict[str, Serving | UserError | None] = {}
    for name in system_names():
        try:
            settings[name] = system_settings(name).serving
        except UserError as error:
            settings[name] = error
    return settings
