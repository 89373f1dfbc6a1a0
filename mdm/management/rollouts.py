"""How commands carry a rollout on with a progress bar, and tell where it is."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.progress import Progress

from mdm.entity_types import in_settling_order
from mdm.models import Rollout, SourceRecord
from mdm.services.rollouts.carrying import carry_on


def carried_on(rollout: Rollout, *, batch: int, quiet: bool) -> Rollout:
    """Carry it on to its end, with a progress bar unless `quiet`, in batches of that many records."""
    with Progress(transient=True, disable=quiet) as bars:
        bar = bars.add_task(rollout.public_id, total=rollout.total)

        def show(now: Rollout) -> None:
            bars.update(bar, description=f"{now.public_id} {now.phase}", completed=now.done, total=now.total)

        return carry_on(rollout.pk, clock=timezone.now, at_once=batch, progress=show)


def tell(command: BaseCommand, rollout: Rollout) -> None:
    """Say where it is, and once it has ended what waits to be matched after it."""
    command.stdout.write(line_of(rollout))
    for kind in in_settling_order() if rollout.ended_at else ():
        waiting = SourceRecord.objects.filter(entity_type=kind.name, pending_since__isnull=False).count()
        if waiting:
            command.stdout.write(f"{waiting} {kind.name} source records wait: manage.py match {kind.name}")


def line_of(rollout: Rollout) -> str:
    """One line: what leads where, and how far it is."""
    back = f", takes back {rollout.rolls_back.public_id}" if rollout.rolls_back else ""
    state = rollout.state if rollout.ended_at else f"{rollout.state}, {rollout.phase}"
    return (
        f"{rollout.public_id}  {rollout.entity_type} rules {rollout.former.number} → {rollout.rule_set.number}{back}: "
        f"{state}, {rollout.done} of {rollout.total}, {rollout.pairs} pairs scored, "
        f"{rollout.golden_versions} golden versions, {rollout.held} regroupings held for a steward"
    )


def as_json(rollout: Rollout) -> dict[str, Any]:
    """The same for machines; times in ISO 8601."""
    times = {"started_at", "in_force_at", "moved_at", "ended_at"}
    plain = ("entity_type", "kind", "state", "phase", "total", "done", "pairs", "golden_versions", "held", "reason")
    return {
        "id": rollout.public_id,
        **{name: getattr(rollout, name) for name in (*plain, "actor", "error")},
        "from": rollout.former.number,
        "to": rollout.rule_set.number,
        "rolls_back": rollout.rolls_back.public_id if rollout.rolls_back else None,
        "correlation_id": str(rollout.correlation_id),
        **{name: at.isoformat() if (at := getattr(rollout, name)) else None for name in sorted(times)},
    }
