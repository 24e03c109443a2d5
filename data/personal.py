"""Personal data in texts that has a form of its own: found by its form and, where it has one, its checksum.

Names, addresses and dates have none, and are not found.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["KINDS", "Found", "find", "redacted"]

LEAST_DIGITS, MOST_DIGITS = 7, 15  # of a telephone number (ITU-T E.164)
SURE_DIGITS, LONG_GROUP, LOCAL = 9, 6, [3, 4]  # without a sign that it is one; 555-0123
EXTENSION = re.compile(r"\s?(?:x|ext\.?)\s?\d{1,6}$", re.IGNORECASE)
DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|\d{5}-\d{3,4}$|\d{4}-\d{2}-\d{4}$")  # and postal codes, licences
SECRET = re.compile(
    r"https?://[^\s/:@]+:[^\s/@]+@|[?&#](?:token|key|apikey|api_key|access_token|secret|password|passwd|pwd|auth|sig|"
    r"signature|session)=[^\s&#]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """kind: of `KINDS`. start, end: places of characters in the text."""

    kind: str
    start: int
    end: int


def _luhn(text: str) -> bool:
    """Whether the check digit of a card's number fits (ISO/IEC 7812)."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    """Whether the check digits fit (ISO 13616): letters as numbers, the remainder by 97 is 1."""
    plain = re.sub(r"\W", "", text).upper()
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ssn(text: str) -> bool:
    """Whether the Social Security Administration may have given the number."""
    area, group, serial = re.findall(r"\d+", text)
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _telephone(text: str) -> bool:
    """Whether digits are grouped as of a telephone: neither a date nor a number of a house beside a postal code."""
    main = EXTENSION.sub("", text).strip()
    count = len(re.sub(r"\D", "", main))
    if DATE.match(main) or not LEAST_DIGITS <= count <= MOST_DIGITS:
        return False
    if main.startswith(("+", "(", "00")):
        return True
    groups = re.findall(r"\d+", main)
    if re.search(r"[.)-]", main):
        return count >= SURE_DIGITS or len(groups) > len(LOCAL) or [len(group) for group in groups] == LOCAL
    return count >= SURE_DIGITS or len(groups) > len(LOCAL) or len(groups[-1]) >= LONG_GROUP


def _secret(text: str) -> bool:
    """Whether an address holds a password or the value of a secret parameter."""
    return SECRET.search(text) is not None


def _any(_: str) -> bool:
    return True


# By falling certainty: what an earlier one found, a later one cannot.
RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("secret_url", re.compile(r"https?://\S+", re.I), _secret),
    ("email", re.compile(r"(?<![\w.+-])[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])"), _any),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", re.I), _iban),
    (
        "ip",
        re.compile(
            r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:]|\.\d)"
        ),
        _ip,
    ),
    ("card", re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-])"), _luhn),
    ("ssn", re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])"), _ssn),
    (
        "telephone",
        re.compile(
            r"(?<![\w.,:/#$€£-])(?:(?:\+|00)\d{1,3}[ .-]?)?(?:\(\+?\d{1,5}\)[ .-]?)?"
            r"(?:\d{1,5}(?:[ .-]{1,2}\d{2,7}){0,5}|\d{9,12})"
            r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w%€$£/-]|[.,]\d)",
            re.I,
        ),
        _telephone,
    ),
)  # fmt: skip
MAYBE = re.compile(
    r"@|://|(?:\d\W{0,2}){7}|(?:\d{1,3}\.){3}|:[0-9A-Fa-f]{0,4}:"
)  # most texts have none of it, and are done
KINDS = tuple(kind for kind, _, _ in RULES)


def find(text: str) -> list[Found]:
    """All that is found, in the order of the text; nothing overlaps."""
    return sorted(_found(text), key=lambda one: one.start)


def redacted(text: str) -> str:
    """The text with each find replaced by its kind, such as `[email]`."""
    for one in reversed(find(text)):
        text = f"{text[: one.start]}[{one.kind}]{text[one.end :]}"
    return text


def _found(text: str) -> Iterator[Found]:
    if not MAYBE.search(text):
        return
    taken: list[tuple[int, int]] = []
    for kind, form, fits in RULES:
        for match in form.finditer(text):
            start, end = match.span()
            if fits(match[0]) and all(end <= before or start >= after for before, after in taken):
                taken.append((start, end))
                yield Found(kind, start, end)
