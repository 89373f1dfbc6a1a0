"""The programs of the demo: two outside systems, and the hub's own."""

import sys
from collections.abc import Mapping
from pathlib import Path

from mdm.project.demo.places import DemoPlaces
from mdm.project.supervisor.processes import Program, answers_http


def target_program(name: str, *, port: int, places: DemoPlaces, token: str) -> Program:
    """An outside system: it starts holding its extract and keeps its own storage from then on."""
    return Program(
        name=name,
        command=[
            sys.executable,
            "-m",
            f"tests.targets.{name}",
            "--port",
            str(port),
            "--data",
            str(places.targets),
            "--seed-from",
            str(places.extracts),
        ],
        environment={"TARGET_TOKEN": token},
        ready=lambda: answers_http(f"127.0.0.1:{port}", path="/healthz"),
    )


def hub_programs(*, port: int, environment: Mapping[str, str], with_celery: bool, state: Path) -> list[Program]:
    """Web and relay; with Redis also the Celery worker and the schedule."""
    manage = [sys.executable, "manage.py"]
    web = [sys.executable, "-m", "gunicorn", "mdm.project.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    programs = [
        Program(
            name="web",
            command=[*web, "--threads", "4", "--timeout", "120"],
            environment=environment,
            ready=lambda: answers_http(f"127.0.0.1:{port}", path="/healthz"),
        ),
        Program(name="relay", command=[*manage, "relay"], environment=environment),
    ]
    if with_celery:
        celery = [sys.executable, "-m", "celery", "-A", "mdm.project.celery"]
        schedule = str(state / "celerybeat.pid")
        programs += [
            Program(
                name="worker",
                command=[*celery, "worker", "--concurrency", "1", "--loglevel", "INFO"],
                environment=environment,
            ),
            Program(
                name="beat",
                command=[*celery, "beat", "--loglevel", "INFO", "--pidfile", schedule],
                environment=environment,
            ),
        ]
    return programs
