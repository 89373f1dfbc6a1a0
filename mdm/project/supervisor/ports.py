"""Choosing ports on this machine."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
TRIES_NEARBY = 50


def choose_ports(usual: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the usual one, else the next free one above it, else any. No two are alike.

    A port may be taken again before the program binds it; that program then ends, and is started anew.
    """
    with ExitStack() as held:
        return {name: _claim(port, held) for name, port in usual.items()}


def _claim(usual: int, held: ExitStack) -> int:
    for port in (*range(usual, min(usual + TRIES_NEARBY, 65_536)), 0):
        listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        # As servers do, so that connections just closed do not count as taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen(1)
        except OSError:
            continue
        return int(listener.getsockname()[1])
    raise OSError(f"No port is free on {LOOPBACK}.")
