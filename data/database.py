"""`CORKBOARD_DATABASE_URL`: one PostgreSQL server for Prefect, MLflow and the state of the service, also over TLS."""

import os
import ssl
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from data.errors import UserError

__all__ = ["AUTHORITY", "MODE", "URL", "authority", "database_url", "encryption"]

URL = "CORKBOARD_DATABASE_URL"
EXAMPLE = "postgresql://USER:PASSWORD@HOST:5432/NAME"
MODE, AUTHORITY = "sslmode", "sslrootcert"  # libpq's names
MODES = ("disable", "require", "verify-ca", "verify-full")


def database_url(part: str | None = None, driver: str = "") -> str | None:
    """The address of the database, or of the one of a part, which is named after it; None if the setting is not set.

    driver: of SQLAlchemy, such as `+pg8000`. How the connection is encrypted is said in the way that the driver reads:
    asyncpg takes the authority from the variable `PGSSLROOTCERT`, pg8000 all by `data/encrypted.py`.

    Raises:
        UserError: the setting is no address of PostgreSQL with a database, or has options that are not understood.
    """
    given = os.environ.get(URL)
    if not given:
        return None
    parts = urlsplit(given)
    name = parts.path.strip("/")
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not name or "/" in name:
        raise UserError(f"{URL} is no address such as {EXAMPLE}; correct or unset it")
    options = _options(given)
    if driver == "+asyncpg":
        options = {"ssl": options[MODE]} if MODE in options else {}
    elif driver and options:
        options = {"plugin": "corkboard", **options}
    query = f"?{urlencode(options, quote_via=quote)}" if options else ""
    return f"postgresql{driver}://{parts.netloc}/{name}{f'_{part}' if part else ''}{query}"


def authority() -> str | None:
    """The file of the certificate that vouches for the server's, as the setting names it."""
    return _options(os.environ.get(URL, "")).get(AUTHORITY)


def encryption(url: str) -> ssl.SSLContext | Literal[False] | None:
    """How connections to an address of PostgreSQL are encrypted, as pg8000 takes it.

    The options are libpq's. Without `sslmode` they are encrypted if the server can, which is None; `disable` is False;
    `require` encrypts, `verify-ca` also asks that the certificate in `sslrootcert` vouches for the server's,
    `verify-full` that the server's is for this host as well.

    Raises:
        UserError: another option or mode, a mode that verifies without a certificate, or one that cannot be read.
    """
    options = _options(url)
    mode, file = options.get(MODE), options.get(AUTHORITY)
    if mode is None:
        return None
    if mode == "disable":
        return False
    try:  # with a file, the authorities of the system are not trusted
        context = ssl.create_default_context(cafile=None if mode == "require" else file)
    except OSError as error:
        raise UserError(f"{AUTHORITY} names {file}, which holds no certificate that can be read ({error})") from None
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _options(url: str) -> dict[str, str]:
    options = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    unknown = sorted(options.keys() - {MODE, AUTHORITY})
    if unknown:
        raise UserError(
            f"the address of PostgreSQL has the option {unknown[0]}, which not every part understands; leave it out"
        )
    mode = options.get(MODE, "disable")
    if mode not in MODES:
        raise UserError(f"{MODE} is {mode!r}; write {', '.join(MODES[:-1])} or {MODES[-1]}")
    if mode.startswith("verify") and not options.get(AUTHORITY):
        raise UserError(f"{MODE}={mode} needs {AUTHORITY}=FILE, the certificate of the authority to trust")
    return options
