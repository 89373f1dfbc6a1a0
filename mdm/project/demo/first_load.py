"""The first load: both systems pulled, match models trained, everything placed. Killed half-way, it goes on."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.utils import timezone

from mdm.actors import SYSTEM
from mdm.entity_types import in_settling_order
from mdm.models import SourceRecord
from mdm.project.demo.places import TARGETS, DemoPlaces
from mdm.project.supervisor.laps import Laps
from mdm.services.settlement import settle_pending


class FirstLoadFailed(Exception):
    """A part of the first load ended with an error; its output is in the message."""


def make_extracts(places: DemoPlaces) -> None:
    """The two systems' records, made by the seeded generator for today; left alone once they are there."""
    if (places.extracts / "summary.json").exists():
        return
    today = timezone.now().date().isoformat()
    _run([sys.executable, "-m", "fixtures.make", "--out", str(places.extracts), "--on", today], {})


def load_everything(laps: Laps, *, places: DemoPlaces, environment: Mapping[str, str]) -> None:
    """Pull, train, match. Independent parts run side by side, so that both cores have work."""
    manage = [sys.executable, "manage.py"]
    with laps.step("Records pulled from CRM and ERP, mapped, validated"):
        _together([[*manage, "sync", "--skip-checks", "pull", name, "--no-settle"] for name in TARGETS], environment)
    match = [*manage, "match", "--skip-checks"]
    with laps.step("Matched: customers, products"):
        # Locations need settled customers to be placed, but not to learn from.
        _together(
            [[*match, "customer", "--train"], [*match, "product", "--train"], [*match, "location", "--train-only"]],
            environment,
        )
    with laps.step("Matched: locations"):
        _together([[*match, "location"]], environment)
    with laps.step("Matched: pricing agreements"):
        _together([[*match, "pricing_agreement", "--train"]], environment)
    with laps.step("References between them settled"):
        for kind in in_settling_order():
            settle_pending(kind.name, actor=SYSTEM, at=timezone.now())
    places.loaded_mark.write_text(
        json.dumps({"at": timezone.now().isoformat(), "source_records": SourceRecord.objects.count()}), encoding="utf-8"
    )


def _together(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
    """Run the commands at the same time; the first that fails is reported once all have ended."""
    running = [_start(command, environment) for command in commands]
    for check in running:
        check()


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    _start(command, environment)()


def _start(command: Sequence[str], environment: Mapping[str, str]) -> Callable[[], None]:
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=dict(environment) or None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def finish() -> None:
        output, _ = process.communicate()
        if process.returncode:
            last_words = "\n".join(output.strip().splitlines()[-15:])
            raise FirstLoadFailed(f"{' '.join(command[1:])} ended with {process.returncode}:\n{last_words}")

    return finish
