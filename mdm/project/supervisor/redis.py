"""An embedded Redis on a private socket. It only wakes workers up, so nothing of it is kept on disk."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from mdm.project.supervisor.binaries import BinariesMissing, redis_server
from mdm.project.supervisor.children import DidNotComeUp, start_child, stop_child
from mdm.project.supervisor.leftovers import end, processes_working_in
from mdm.project.supervisor.places import Places, private_directory

START_SECONDS = 20.0


class EmbeddedRedis:
    """One Redis of ours. Only its guard starts it, one at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._log = places.logs / f"{places.redis.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises BinariesMissing when the machine has no Redis at all."""
        program = redis_server()
        if program is None:
            raise BinariesMissing("There is no redis-server: install one, or set REDIS_URL.")
        home = private_directory(self._places.redis)
        door = self._places.redis_socket
        private_directory(door.parent)
        end(processes_working_in(home), grace_seconds=5.0)
        door.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": str(door), "unixsocketperm": "700", "dir": str(home)}
        options |= {"save": "", "appendonly": "no", "databases": "64", "daemonize": "no"}
        self._child = start_child(
            [program, *(part for name, value in options.items() for part in (f"--{name}", value))],
            log=self._log,
            cwd=home,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            when_parent_dies=signal.SIGTERM,
        )
        self._wait_until_it_answers()

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            if answers(self._places.redis_socket):
                return
            time.sleep(0.05)
        raise DidNotComeUp(f"Redis did not come up; see {self._log}")


def answers(path: Path) -> bool:
    """Whether a Redis behind the socket `path` answers a ping. By hand: the client takes half a second to import."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2.0)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
