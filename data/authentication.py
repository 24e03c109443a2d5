"""`CORKBOARD_PASSWORD`: the one password of both servers, whose user is `corkboard`."""

import os

from data.errors import UserError

__all__ = ["PASSWORD", "USER", "password"]

PASSWORD, USER = "CORKBOARD_PASSWORD", "corkboard"
LEAST = 12  # MLflow's own bound


def password() -> str | None:
    """The password that Prefect's and MLflow's server ask for; None if they ask for none.

    Raises:
        UserError: it is too short, or has characters that a header cannot carry.
    """
    given = os.environ.get(PASSWORD)
    if not given:
        return None
    if len(given) < LEAST or not (given.isascii() and given.isprintable()):
        raise UserError(f"{PASSWORD} has to have {LEAST} characters or more, all printable ASCII; choose another")
    return given
