"""The secret of a state folder, from which links are signed and pushes are vouched for.

Services on several machines need the same one: `CORKBOARD_NOTIFY_KEY` names its file.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from pathlib import Path

from data.errors import UserError
from data.project import home

__all__ = ["KEY", "decoded", "encoded", "secret", "signed", "unsigned"]

KEY = "CORKBOARD_NOTIFY_KEY"
BYTES = 32


def secret() -> bytes:
    """32 bytes, made at random where there are none yet.

    Raises:
        UserError: the file holds something else.
    """
    path = Path(os.environ.get(KEY) or home() / "state" / "notify.key")
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = _made(path)
    if len(found) != BYTES:
        raise UserError(f"{path} does not hold {BYTES} bytes; give back the file that signed the links that were sent")
    return found


def signed(key: bytes, user_id: str, channel: str) -> str:
    """A token that switches a channel of a person off. It lasts as long as the secret, and only its holder makes it."""
    content = encoded(json.dumps([user_id, channel], ensure_ascii=False).encode())
    return f"{content}.{encoded(_mac(key, content))}"


def unsigned(key: bytes, token: str) -> tuple[str, str] | None:
    """Person and channel of a token; None for one that is forged."""
    content, _, mac = token.partition(".")
    if not token.isascii() or not hmac.compare_digest(encoded(_mac(key, content)), mac):
        return None
    user_id, channel = json.loads(decoded(content))
    return user_id, channel


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises `ValueError` for what is no base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _mac(key: bytes, content: str) -> bytes:
    return hmac.digest(key, f"unsubscribe|{content}".encode(), hashlib.sha256)


def _made(path: Path) -> bytes:
    """Written whole before it has its name, and never over one that another process made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".notify.")  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    return path.read_bytes()
