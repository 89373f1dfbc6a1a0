"""Starting a program so that it cannot outlive the process that started it."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from mdm.project.supervisor.places import Account

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 20_000_000
# Loaded before any fork: between fork and exec a child may not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class DidNotComeUp(Exception):
    """A server ended, or did not answer in time, while it was being started; the message names its log."""


def open_log(path: Path) -> IO[bytes]:
    """Open for appending; a log past 20 MB is set aside as NAME.log.1 first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def start_child(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    account: Account | None = None,
    when_parent_dies: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, its output in `log`, signaled by the kernel if we are killed.

    Must be called on a thread that lives as long as the child should: Linux sends the signal when that thread ends.
    """
    switch = account is not None and account.switch

    def follow_parent() -> None:
        # After the change of user, which would clear it.
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(when_parent_dies))

    with open_log(log) as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
            preexec_fn=follow_parent,  # one call into a library loaded before the fork
            user=account.uid if account and switch else None,
            group=account.gid if account and switch else None,
            extra_groups=[] if switch else None,
        )


def stop_child(
    child: subprocess.Popen[bytes], *, signals: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
) -> None:
    """Send each signal in turn with its grace in seconds, then SIGKILL. Returns once the child has ended."""
    for sign, grace_seconds in signals:
        if child.poll() is not None:
            return
        child.send_signal(sign)
        try:
            child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
        child.wait()
