"""Web Push: encrypted for one browser (RFC 8291), and vouched for by a key of ours (VAPID, RFC 8292)."""

import json
import os
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from serving.messaging.hand_over import Later, Mark, Refused, Uncertain
from serving.messaging.secret import decoded, encoded
from serving.state import Message, Messages, Preferences, Subscription

__all__ = ["HOSTS", "Push", "encrypted", "is_push_service", "public_key"]

HOSTS = "CORKBOARD_PUSH_HOSTS"
KNOWN_HOSTS = "fcm.googleapis.com updates.push.services.mozilla.com notify.windows.com web.push.apple.com"
WAIT_S = 15.0
LASTS_S = 86_400  # for which a push service keeps it for a browser that is away
RECORD = 4096
GONE = (404, 410)


class Push:
    """A `Carrier`: to every browser in which a person takes messages."""

    def __init__(
        self, key: bytes, contact: str, store: Messages, payload: Callable[[Message], Mapping[str, Any]]
    ) -> None:
        """key: `secret()`. contact: an address of ours. payload: what the service worker reads."""
        import httpx

        self._key, self._contact, self._store, self._payload = _private(key), contact, store, payload
        self._client = httpx.Client(timeout=WAIT_S)

    def send(self, message: Message, to: Preferences, mark: Mark) -> None:  # noqa: ARG002
        """See `Carrier`. A browser that is gone is forgotten; where all are, the channel stops."""
        found = [one for one in self._store.subscriptions(message.user_id) if is_push_service(one.endpoint)]
        if not found:
            raise Refused("no browser takes messages")
        content = json.dumps(dict(self._payload(message)), ensure_ascii=False).encode()
        if not mark():
            raise Refused("switched off meanwhile")
        codes = [self._posted(one, content, message.message_id) for one in found]
        if any(200 <= code < 300 for code in codes):
            return
        if all(code in GONE for code in codes):
            raise Refused("every browser is gone", stops=True)
        if 0 in codes:
            raise Uncertain("the push service did not say whether it took it")
        if any(code >= 500 or code == 429 or code < 0 for code in codes):
            raise Later(f"the push service says {max(codes)}")
        raise Refused(f"the push service says {max(codes)}")

    def close(self) -> None:
        self._client.close()

    def _posted(self, to: Subscription, content: bytes, topic: str) -> int:
        """The status; 0 where nobody knows, -1 where nothing was sent."""
        import httpx

        headers = {
            "Content-Encoding": "aes128gcm",
            "TTL": str(LASTS_S),
            "Topic": topic,
            "Authorization": self._vouched(to.endpoint),
        }
        try:
            body = encrypted(content, to)
            code = self._client.post(to.endpoint, content=body, headers=headers).status_code
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return -1
        except httpx.HTTPError:
            return 0
        if code in GONE:
            self._store.drop(to.endpoint)
        return code

    def _vouched(self, endpoint: str) -> str:
        """The header of VAPID: a signed token for this push service."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + LASTS_S // 2,
            "sub": f"mailto:{self._contact}",
        }
        words = [encoded(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ES256"}, claims)]
        r, s = decode_dss_signature(self._key.sign(".".join(words).encode(), ECDSA(SHA256())))
        token = ".".join([*words, encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))])
        return f"vapid t={token}, k={encoded(_point(self._key.public_key()))}"


def is_push_service(endpoint: str) -> bool:
    """Whether a browser's address is of a push service that we know: nothing else is sent to.

    `CORKBOARD_PUSH_HOSTS` names others, with blanks in between; one of this machine need not use TLS.
    """
    parts, hosts = urlsplit(endpoint), os.environ.get(HOSTS, KNOWN_HOSTS).split()
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host == "127.0.0.1")
    return safe and any(host == known or host.endswith(f".{known}") for known in hosts)


def public_key(key: bytes) -> str:
    """What a browser subscribes to, base64url. key: `secret()`."""
    return encoded(_point(_private(key).public_key()))


def encrypted(content: bytes, to: Subscription) -> bytes:
    """The body of a request of one record, `aes128gcm`.

    Raises:
        Refused: the browser's keys are none.

    Source: RFC 8291, section 3.4, and RFC 8188.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import (
        ECDH,
        SECP256R1,
        EllipticCurvePublicKey,
        generate_private_key,
    )
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        theirs, auth = decoded(to.p256dh), decoded(to.auth)
        known = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
    except ValueError:
        raise Refused("the browser's keys cannot be used", stops=True) from None
    own = generate_private_key(SECP256R1())
    ours, salt = _point(own.public_key()), os.urandom(16)
    shared = _derived(own.exchange(ECDH(), known), auth, b"WebPush: info\0" + theirs + ours, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!IB", RECORD, len(ours)) + ours
    return head + AESGCM(key).encrypt(nonce, content + b"\2", None)


def _private(key: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    return derive_private_key(int.from_bytes(_derived(key, b"", b"vapid", 31), "big") + 1, SECP256R1())


def _point(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point: bytes = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(secret)
