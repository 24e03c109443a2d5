"""Who may do what: API keys with scopes and a limit on their rate, from a file.

    {"keys": [{"name": "shop", "sha256": "…", "scopes": ["read", "write"], "per_minute": 600}], "loopback": false}

The file holds hashes of keys (`printf %s KEY | sha256sum`), never keys. A caller on this machine needs none, unless
`loopback` is true, which is meant for a proxy on the same machine.
"""

import hashlib
import ipaddress
import json
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from data.errors import UserError
from data.params import Strict
from serving.errors import RequestError

__all__ = ["COOKIE", "KEYS", "Doors", "KeyFile", "Scope", "open_doors"]

KEYS = "CORKBOARD_KEYS"
COOKIE = "corkboard_key"
TWICE = "twice"
Scope = Literal["read", "write", "review", "advertise", "admin"]
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Key(Strict):
    """A key that is known by its hash. A scope does not contain another."""

    name: str = Field(min_length=1, max_length=100)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: tuple[Scope, ...] = Field(min_length=1)
    per_minute: int = Field(600, ge=1)


class KeyFile(Strict):
    keys: tuple[Key, ...] = ()
    loopback: bool = Field(False, description="callers on this machine need a key too")

    @field_validator("keys")
    @classmethod
    def _each_once(cls, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        """Of two entries for one key, one would have no effect."""
        named: dict[str, str] = {}
        for key in keys:
            if key.sha256 in named:
                raise PydanticCustomError(
                    TWICE,
                    "'{one}' and '{other}' are one key, which can have one entry only",
                    {"one": named[key.sha256], "other": key.name},
                )
            named[key.sha256] = key.name
        return keys


class Bucket:
    """A token bucket: as many at once as a minute brings."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = float(per_minute), clock
        self._left, self._since_s = self._most, clock()

    def wait_s(self) -> float:
        """0 if one may pass now, which then counts; otherwise how long until one may."""
        now_s = self._clock()
        self._left = min(self._most, self._left + (now_s - self._since_s) * self._most / 60)
        self._since_s = now_s
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) * 60 / self._most


class Doors:
    """Lets callers in by their key. Rates are counted in this process."""

    def __init__(self, file: KeyFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._loopback = file.loopback
        self._keys = {key.sha256: key for key in file.keys}
        self._buckets = {key.sha256: Bucket(key.per_minute, clock) for key in file.keys}

    def knows(self, key: str) -> bool:
        return hashlib.sha256(key.encode()).hexdigest() in self._keys

    def check(self, request: Request, scope: Scope) -> str:
        """The name of the caller's key; empty on this machine.

        Raises:
            RequestError: 401 without a valid key, 403 where its scopes lack `scope`, 429 where it asks too often.
        """
        if not self._loopback and is_local(request):
            return ""
        given = _given(request)
        # looked up by hash, so that the time it takes tells nothing of a key
        key = self._keys.get(hashlib.sha256(given.encode()).hexdigest()) if given else None
        if key is None:
            missing = "this needs an API key; send it as `Authorization: Bearer KEY`"
            raise RequestError(401, "the API key is unknown" if given else missing, {"WWW-Authenticate": "Bearer"})
        if wait_s := self._buckets[key.sha256].wait_s():
            sentence = f"the key {key.name!r} may ask {key.per_minute} times a minute; wait {wait_s:.1f} s"
            raise RequestError(429, sentence, {"Retry-After": str(int(wait_s) + 1)})
        if scope not in key.scopes:
            raise RequestError(403, f"the key {key.name!r} has no scope {scope!r}; use one that has")
        return key.name


def open_doors(path: str | None = None) -> Doors:
    """The keys in the file that `CORKBOARD_KEYS` names; without one, only callers on this machine are let in.

    Raises:
        UserError: the file is missing or wrong.
    """
    path = path or os.environ.get(KEYS)
    if not path:
        return Doors(KeyFile())
    try:
        return Doors(KeyFile.model_validate(json.loads(Path(path).read_text(encoding="utf-8"))))
    except OSError as error:
        raise UserError(f"{KEYS} names {path}, which cannot be read ({error.strerror}); give a readable file") from None
    except ValidationError as error:  # without what was given: it may be a key by mistake
        faults = error.errors()
        wrong = ", ".join(sorted({".".join(map(str, fault["loc"])) or "the file" for fault in faults})) + " is wrong"
        problem = next((fault["msg"] for fault in faults if fault["type"] == TWICE), wrong)
        raise UserError(f"{KEYS} names {path}, where {problem}; see docs/discovery.md") from None
    except ValueError:
        raise UserError(f"{KEYS} names {path}, which is not JSON; see docs/discovery.md") from None


def is_local(request: Request) -> bool:
    """Whether both ends are on this machine, nobody was in between, and it is called by a name of this machine.

    The last keeps a web page elsewhere, whose name was made to point here, from being let in by a browser.
    """
    headers = request.headers
    if any(name in headers for name in FORWARDED):
        return False
    ends = request.scope.get("client"), request.scope.get("server")
    if not all(end and _is_loopback(end[0]) for end in ends):
        return False
    host = headers.get("host", "")
    return (host[: host.rfind(":")] if host.rpartition(":")[2].isdigit() else host).lower() in LOCAL_NAMES


@lru_cache(1024)
def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _given(request: Request) -> str:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value:
        return value.strip()
    return request.headers.get("x-api-key") or request.cookies.get(COOKIE, "")
