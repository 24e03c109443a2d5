"""`CORKBOARD_DATABASE_URL`: one PostgreSQL server for Prefect, MLflow and the state of the service."""

import os
from urllib.parse import urlsplit

from data.errors import UserError

__all__ = ["URL", "database_url"]

URL = "CORKBOARD_DATABASE_URL"
EXAMPLE = "postgresql://USER:PASSWORD@HOST:5432/NAME"


def database_url(part: str | None = None, driver: str = "") -> str | None:
    """The address of the database, or of the one of a part, which is named after it; None if the setting is not set.

    Raises:
        UserError: the setting is no address of PostgreSQL with a database, or asks for options, which would be lost.
    """
    given = os.environ.get(URL)
    if not given:
        return None
    parts = urlsplit(given)
    name = parts.path.strip("/")
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not name or "/" in name:
        raise UserError(f"{URL} is no address such as {EXAMPLE}; correct or unset it")
    if parts.query:
        raise UserError(f"{URL} has options after a ?, which not every part understands; leave them out")
    return f"postgresql{driver}://{parts.netloc}/{name}{f'_{part}' if part else ''}"
