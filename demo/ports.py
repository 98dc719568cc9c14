"""Ports on 127.0.0.1: the own one where it is free, otherwise any."""

from collections.abc import Iterable
import socket

LOOPBACK = "127.0.0.1"


def can_listen(port: int) -> bool:
    """Return whether a server could listen on this port of 127.0.0.1 now; 0 always can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(wanted: Iterable[int]) -> int:
    """Return the first of the wanted ports that is free, otherwise one that the system gives."""
    for port in wanted:
        if can_listen(port):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
