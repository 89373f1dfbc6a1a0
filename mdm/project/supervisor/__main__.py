"""`python -m mdm.project.supervisor [-- COMMAND …]` runs a command with PostgreSQL and Redis up."""

import argparse
import os
import signal
import subprocess
import sys

from mdm.project.supervisor.guard import ServiceUnavailable
from mdm.project.supervisor.services import embedded_services


def main() -> int:
    """Returns the command's exit status; without a command, keeps the services up until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m mdm.project.supervisor", description=__doc__)
    parser.add_argument("command", nargs="*", help="what to run; without it, stay up until Ctrl-C")
    command = parser.parse_args().command
    try:
        with embedded_services() as addresses:
            if command:
                return subprocess.call(command, env={**os.environ, **addresses.environment()})
            for name, value in addresses.environment().items():
                print(f"{name}={value}", flush=True)
            signal.pause()
    except ServiceUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
