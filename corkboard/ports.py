"""Checks that a port is free, and that nothing is open to other machines without a password."""

import socket
from ipaddress import ip_address

from data.authentication import PASSWORD, password
from data.errors import UserError

__all__ = ["check_exposed", "check_port"]


def check_exposed(host: str) -> None:
    """Raise `UserError` if other machines could reach `host` and the servers ask for no password."""
    try:
        addresses = {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except socket.gaierror:
        raise UserError(f"{host!r} is no address of this machine; give another host") from None
    if password() is None and not all(ip_address(one.partition("%")[0]).is_loopback for one in addresses):
        raise UserError(
            f"{host} can be reached from other machines, and neither server would ask for a password; set {PASSWORD}, "
            f"or listen on 127.0.0.1"
        )


def check_port(host: str, port: int, name: str, option: str) -> None:
    """Raise `UserError`, naming the port and the option that changes it, if `name` could not listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise UserError(f"port {port} needs privileges; choose one above 1023 by {option}") from None
    except socket.gaierror:
        raise UserError(f"{host!r} is no address of this machine; give another host") from None
    except OSError:
        raise UserError(
            f"port {port} is in use, so {name} cannot start; free it or choose another by {option}"
        ) from None
