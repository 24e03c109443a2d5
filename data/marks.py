"""Names for people and items that only the holder of a key can compare with an id."""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from data.tombstone import mark_of

__all__ = ["Marks"]

KEY = "key"


class Marks:
    """Marks of 16 hexadecimal digits, by the key in `folder`, which the first process makes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / KEY
        if not path.is_file():
            own = folder / f".{KEY}-{secrets.token_hex(6)}"
            own.touch(0o600)
            own.write_bytes(secrets.token_bytes(32))
            with suppress(FileExistsError):  # of several processes the first
                os.link(own, path)
            own.unlink()
        self._key = path.read_bytes()

    def person(self, user_id: str) -> str:
        return self.erased(mark_of(user_id))

    def erased(self, tombstone: str) -> str:
        """The mark of whoever left this tombstone."""
        return self._of(f"person\0{tombstone}")

    def item(self, item_id: str) -> str:
        return self._of(f"item\0{item_id}")

    def _of(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=8).hexdigest()
