"""Bring a file: from the mirror folder by its file name, otherwise from its address, resumed and retried."""

import re
from pathlib import Path

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random

from data.disk import DiskFullError, room_on
from data.errors import UserError
from data.params import Archive, Download
from data.project import MIRROR, home, mirror
from data.reporting import Progress

__all__ = ["bring_archive", "download"]

ATTEMPTS = 4  # attempts in a row that bring no new byte
TIMEOUT = httpx.Timeout(60, connect=10)
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _LaterError(Exception):
    """A failure of the server or the connection that may be temporary."""


def bring_archive(archive: Archive | Download, progress: Progress) -> Path:
    """The archive's file: from the mirror, from an earlier download, or downloaded now.

    Raises:
        UserError: it is in none of these places; the message names those that were tried and what to do.
        DiskFullError: it does not fit.
    """
    folder = mirror()
    if folder and (folder / archive.file).is_file():
        return folder / archive.file
    kept = home() / "downloads" / archive.file
    if kept.is_file():
        return kept
    tried = f"not in the mirror folder {folder} ({MIRROR})" if folder else f"{MIRROR} names no mirror folder"
    kind = "archive" if isinstance(archive, Archive) else "file"
    if archive.url is None:
        raise UserError(
            f"the {kind} {archive.file} is missing: {tried}, and it has no address of its own; get it from "
            f"{archive.page}, put it into a folder under that name and set {MIRROR} to it"
        )
    try:
        download(archive.url, kept, progress)
    except DiskFullError:
        raise
    except UserError as error:
        raise UserError(
            f"the {kind} {archive.file} is missing: {tried}, and {error}; "
            f"put the file into a folder and set {MIRROR} to that folder, or go online and run this again"
        ) from error
    return kept


def download(url: str, target: Path, progress: Progress, pause_s: float = 0.5) -> None:
    """Download `url` to `target`, which appears only when complete; a partial download is resumed.

    Gives up after `ATTEMPTS` attempts in a row that brought nothing new, pausing from `pause_s` seconds upwards.

    Raises:
        UserError: the address cannot be reached, does not have the file, or the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    patience = _Patience(part)
    retrying = Retrying(
        retry=retry_if_exception_type((_LaterError, httpx.TransportError)),
        wait=wait_exponential(multiplier=pause_s, max=30 * pause_s) + wait_random(0, pause_s),
        stop=patience.is_over,
        reraise=True,
    )
    try:
        with httpx.Client(follow_redirects=True, timeout=TIMEOUT) as client:
            retrying(_attempt, client, url, part, progress)
    except (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects, _LaterError) as error:
        raise UserError(f"{url} cannot be downloaded ({_reason(error)})") from error
    part.replace(target)


class _Patience:
    """Counts the attempts since the last one that brought a byte."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self.size = -1
        self.idle = 0

    def is_over(self, _: RetryCallState) -> bool:
        size = self.part.stat().st_size if self.part.exists() else 0
        self.idle = 1 if size > self.size and size > 0 else self.idle + 1
        self.size = max(self.size, size)
        return self.idle >= ATTEMPTS


def _attempt(client: httpx.Client, url: str, part: Path, progress: Progress) -> None:
    start = part.stat().st_size if part.exists() else 0
    # identity: with a transfer encoding the byte positions of a resumed download would mean something else
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            part.unlink()  # the partial download is longer than the file, so it is of another version
            raise _LaterError("the server refused to resume")
        if response.status_code in BUSY:
            raise _LaterError(f"the server answered {response.status_code}")
        if response.is_error:
            raise UserError(f"{url} answered {response.status_code} {response.reason_phrase}")
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT and _starts_at(response, start)
        total = int(response.headers.get("content-length", 0)) + (start if resumed else 0)
        with room_on(part.parent, "downloading"), part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                progress("download", file.tell(), total)


def _starts_at(response: httpx.Response, start: int) -> bool:
    match = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    if not match or int(match[1]) != start:
        raise _LaterError("the server resumed at another place")
    return True


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
