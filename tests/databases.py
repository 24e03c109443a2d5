"""Real Redis and PostgreSQL servers of a test's own; the test is skipped where they are not installed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from serving.process import free_port

KINDS = ("sqlite", "redis", "postgresql")
START_S = 30.0
SUPERUSER = "postgres"
ENDS = {"cert": "crt", "key": "key"}


@contextmanager
def state_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty state of one of `KINDS`, whose files lie in `folder`."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}"
        return
    with redis_server(folder) if kind == "redis" else postgres_server(folder) as address:
        yield address


def emptied(url: str, number: int) -> str:
    """The address of an empty state of its own, on the server or below the folder of `url`. number: 1 to 15."""
    if url.startswith("sqlite"):
        return f"{url}/{number}"
    if url.startswith("postgresql"):
        import pg8000.native

        connection = pg8000.native.Connection(SUPERUSER, "127.0.0.1", port=urlsplit(url).port or 0)
        connection.run(f"CREATE DATABASE number_{number}")
        connection.close()
        return f"{url.rpartition('/')[0]}/number_{number}"
    return f"{url.rpartition('/')[0]}/{number}"


@contextmanager
def redis_server(folder: Path, port: int | None = None, append_only: bool = True) -> Iterator[str]:
    """The address of a server whose files lie in `folder`."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed; `apt-get install redis-server` brings it")
    port = port or free_port()
    command = [program, "--port", str(port), "--dir", str(folder), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "yes" if append_only else "no", "--appendfsync", "always", "--daemonize", "no"]
    client = [shutil.which("redis-cli") or "redis-cli", "-p", str(port), "ping"]
    with _started(command, client, None):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server(folder: Path, tls: bool = False) -> Iterator[str]:
    """The address of an empty database; the cluster lies in `folder`. It refuses root, so root lends it a user.

    tls: it takes encrypted connections alone, for 127.0.0.1 by the certificate `folder/server.crt`.
    """
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed; `apt-get install postgresql` brings it")
    user = None
    if os.geteuid() == 0:
        user = SUPERUSER
        shutil.chown(folder, user)
        _open_way(folder)
    cluster, port = folder / "cluster", free_port()
    made = [str(programs / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "-A", "trust", "-N", "--no-locale"]
    subprocess.run([*made, "-E", "UTF8"], user=user, cwd=folder, check=True, capture_output=True)
    if tls:
        certify(folder, user)
        (cluster / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
    command = [str(programs / "postgres"), "-D", str(cluster), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    command += [f"--ssl_{kind}_file={folder / 'server'}.{end}" for kind, end in ENDS.items()] if tls else []
    command += ["--ssl=on"] if tls else []
    ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    with _started(command, ready, user):
        yield f"postgresql://{SUPERUSER}@127.0.0.1:{port}/postgres"


def certify(folder: Path, owner: str | None) -> None:
    """Write a key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "corkboard's tests")])
    begin = datetime.now(UTC) - timedelta(hours=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate, file = made.sign(key, hashes.SHA256()), folder / "server.key"
    (folder / "server.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    if owner is not None:
        shutil.chown(file, owner)


@contextmanager
def _started(command: list[str], ready: list[str], user: str | None) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(lambda: subprocess.run(ready, capture_output=True, check=False).returncode == 0, command[0], process)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        process.wait(START_S)


def _wait(answers: Callable[[], bool], name: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while not answers():
        assert process.poll() is None, f"{name} ended with {process.returncode}"
        assert time.monotonic() < until, f"{name} did not start in {START_S:.0f} s"
        time.sleep(0.05)


def _postgres_programs() -> Path | None:
    found = shutil.which("postgres")
    places = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((place for place in places if (place / "initdb").is_file() and (place / "postgres").is_file()), None)


def _open_way(folder: Path) -> None:
    """Let another user pass the folders above, which pytest makes for its own user alone."""
    for parent in [folder, *folder.parents]:
        if parent.owner() == "root" and parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(parent.stat().st_mode | 0o011)
    folder.parent.chmod(folder.parent.stat().st_mode | 0o011)
