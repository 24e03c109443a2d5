"""Checks that a port is free."""

import socket

from data.errors import UserError

__all__ = ["check_port"]


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
