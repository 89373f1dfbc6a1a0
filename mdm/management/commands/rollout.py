"""`manage.py rollout list|show|resume|pause|roll-back`: rules on their way to every golden record."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.actors import operator
from mdm.entity_types import entity_types
from mdm.errors import HubError
from mdm.management.rollouts import as_json, carried_on, line_of, tell
from mdm.models import Rollout
from mdm.selectors.rollouts import changed_since, not_as_before, rollout_of
from mdm.services.rollouts.carrying import AT_ONCE
from mdm.services.rollouts.steering import pause, resume, roll_back

SHOWN = 20


class Command(BaseCommand):
    help = "Show how published rules come to all golden records; pause that, go on, or take it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="show every rollout, the newest first")
        listing.add_argument("entity_type", nargs="?", help="default: all")
        listing.add_argument("--json", action="store_true", help="one JSON object a line")
        show = _action(actions, "show", "show how far one is, and which golden records others have changed since")
        show.add_argument("--json", action="store_true", help="one JSON object")
        resume_ = _action(actions, "resume", "go on with one that is running, paused or failed, until its end")
        _carrying(resume_)
        pausing = _action(actions, "pause", "stop one after its batch under way")
        pausing.add_argument("--reason", default="", help="kept in the audit trail")
        back = _action(actions, "roll-back", "put the former rules in force again, as a rollout of its own")
        back.add_argument("--reason", required=True, help="kept in the audit trail")
        back.add_argument("--no-wait", action="store_true", help="leave the batches to the worker")
        _carrying(back)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action'].replace('-', '_')}")(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        found = Rollout.objects.select_related("rule_set", "former", "rolls_back").order_by("-pk")
        if options["entity_type"]:
            found = found.filter(entity_type=entity_types.get(options["entity_type"]).name)
        for each in found:
            self.stdout.write(json.dumps(as_json(each)) if options["json"] else line_of(each))

    def _show(self, options: dict[str, Any]) -> None:
        rollout = rollout_of(options["id"])
        changed = changed_since(rollout)
        backs = list(rollout.rolled_back_by.exclude(in_force_at=None).order_by("pk"))
        other = not_as_before(rollout) if backs else []
        if options["json"]:
            said = {**as_json(rollout), "changed_since": changed}
            self.stdout.write(json.dumps({**said, "not_as_before": other} if backs else said))
            return
        self.stdout.write(line_of(rollout))
        if rollout.reason:
            self.stdout.write(f"Reason: {rollout.reason}")
        if rollout.error:
            self.stdout.write(f"Its last batch ended with {rollout.error}.")
        self.stdout.write(_listed("golden records were changed by others since", changed))
        if backs:
            self.stdout.write(f"Rolled back by {backs[-1].public_id}.")
            self.stdout.write(_listed("of its golden records do not say what they said before it", other))

    def _resume(self, options: dict[str, Any]) -> None:
        rollout = resume(rollout_of(options["id"]).pk, actor=operator(), at=timezone.now())
        self._say(carried_on(rollout, batch=options["batch"], quiet=options["json"]), options)

    def _pause(self, options: dict[str, Any]) -> None:
        rollout = rollout_of(options["id"])
        pause(rollout.pk, reason=options["reason"], actor=operator(), at=timezone.now())
        self.stdout.write(f"Rollout {rollout.public_id} is paused.")

    def _roll_back(self, options: dict[str, Any]) -> None:
        rollout = rollout_of(options["id"])
        back = roll_back(rollout.pk, reason=options["reason"], actor=operator(), at=timezone.now())
        if back.is_open and not options["no_wait"]:
            back = carried_on(back, batch=options["batch"], quiet=options["json"])
        self._say(back, options)
        if back.pk == rollout.pk and not options["json"]:
            self.stdout.write("Its rules never came into force.")

    def _say(self, rollout: Rollout, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(as_json(rollout)))
        else:
            tell(self, rollout)


def _action(actions: Any, name: str, summary: str) -> ArgumentParser:  # argparse has no public type for `actions`
    parser: ArgumentParser = actions.add_parser(name, help=summary)
    parser.add_argument("id", help="such as ROL-0000012-7")
    return parser


def _carrying(parser: ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=AT_ONCE, help=f"records a transaction ({AT_ONCE})")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end, no progress bar")


def _listed(what: str, ids: list[str]) -> str:
    shown = ", ".join(ids[:SHOWN])
    rest = f" and {len(ids) - SHOWN} more; --json has all" if len(ids) > SHOWN else ""
    return f"{len(ids)} {what}" + (f": {shown}{rest}" if ids else ".")
