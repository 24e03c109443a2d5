"""E-mail by SMTP. A server that loses the line before the last dot throws a message away (RFC 5321, 4.1.1.4)."""

import re
import smtplib
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from data.errors import UserError
from serving.messaging.hand_over import Away, Later, Mark, Refused, Uncertain
from serving.state import Message, Preferences

__all__ = ["ADDRESS", "Mail"]

ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$"
UNSUBSCRIBE = "List-Unsubscribe"
POLICY = SMTP.clone(cte_type="7bit")
WAIT_S = 30.0
IDLE_S = 20.0  # after which a server may have hung up
DATA, REFUSED, FAILED = 354, 500, 400
FORMS = "write smtp://user:password@host:587 with ?starttls=1 where it is offered, or smtps://host:465"


class Mail:
    """A `Carrier`. It keeps its connection for the next message."""

    def __init__(self, url: str, sender: str, letter: Callable[[Message, Preferences], EmailMessage]) -> None:
        """url: of the server. sender: the address in `From` and of bounces. letter: what a message looks like.

        Raises:
            UserError: the address of the server is wrong.
        """
        self._parts, self._sender, self._letter = urlsplit(url), sender, letter
        if self._parts.scheme not in ("smtp", "smtps") or not self._parts.hostname:
            raise UserError(f"the address of the mail server is wrong; {FORMS}")
        self._open: smtplib.SMTP | None = None
        self._used_s = 0.0

    def send(self, message: Message, to: Preferences, mark: Mark) -> None:
        """See `Carrier`: it is marked between the last line and the dot that hands it over."""
        if not re.match(ADDRESS, to.email):
            raise Refused("no address")
        content = re.sub(rb"(?m)^\.", b"..", _written(self._letter(message, to)))
        smtp = self._connected()
        try:
            self._addressed(smtp, to.email)
            smtp.send(content)
        except (Refused, Later):
            self.close()
            raise
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Later(f"the line broke ({error})") from None
        if not mark():
            self.close()  # without the dot, so that the server forgets it
            raise Refused("switched off meanwhile")
        try:
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Uncertain(f"the mail server did not say whether it took it ({error})") from None
        self._used_s = time.monotonic()
        _check(code, said)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connected(self) -> smtplib.SMTP:
        if self._open is not None and time.monotonic() - self._used_s < IDLE_S:
            return self._open
        self.close()
        parts, host = self._parts, str(self._parts.hostname)
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        try:
            self._open = kind(host, parts.port or 0, self._sender.rpartition("@")[2], timeout=WAIT_S)
            self._open.ehlo_or_helo_if_needed()
            if "starttls" in parts.query:
                self._open.starttls()
            if parts.username:
                self._open.login(unquote(parts.username), unquote(parts.password or ""))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Away(f"the mail server at {host} cannot be used ({error})") from None
        self._used_s = time.monotonic()
        return self._open

    def _addressed(self, smtp: smtplib.SMTP, email: str) -> None:
        """All up to the content; an address that the server refuses for good stops the channel."""
        _check(*smtp.mail(self._sender))
        code, said = smtp.rcpt(email)
        if code >= REFUSED:
            raise Refused(f"bounced: {_words(code, said)}", stops=True)
        _check(code, said)
        code, said = smtp.docmd("DATA")
        if code != DATA:
            _check(max(code, FAILED), said)


def _written(letter: EmailMessage) -> bytes:
    """As it goes over the line. A link is no encoded word (RFC 2369), which Python makes of long ones."""
    link = letter[UNSUBSCRIBE]
    del letter[UNSUBSCRIBE]
    return f"{UNSUBSCRIBE}: {link}\r\n".encode("ascii") + letter.as_bytes(policy=POLICY)


def _check(code: int, said: bytes) -> None:
    if code >= REFUSED:
        raise Refused(_words(code, said))
    if code >= FAILED:
        raise Later(_words(code, said))


def _words(code: int, said: bytes) -> str:
    return f"{code} {said.decode(errors='replace')}".strip()[:200]
