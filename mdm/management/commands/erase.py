"""`manage.py erase GOLDEN_ID`: a person's data leaves the hub, and does not come back."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from mdm.actors import operator
from mdm.errors import HubError
from mdm.files import UnreadableFile
from mdm.services.erasure import Erasure, erase_golden_record, replay_suppressions
from mdm.services.retries import atomically
from mdm.services.suppression import NotASuppression, Suppression, suppressions


class Command(BaseCommand):
    help = "Erase a customer and every copy of its values; targets are told to delete theirs. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("golden_id", nargs="?", help="such as CUS-0000123-5")
        parser.add_argument("--reason", default="", help="why; kept for good, so without any value of the person")
        parser.add_argument("--force", action="store_true", help="also a customer that is not a person")
        parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and change nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument(
            "--export", type=Path, metavar="FILE", help="write all suppression entries to keep elsewhere"
        )
        parser.add_argument("--replay", type=Path, metavar="FILE", help="after a restore: erase again what FILE names")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        if not (options["golden_id"] or options["export"] or options["replay"]):
            raise CommandError("Name a golden record, or --export or --replay a file.")
        if options["golden_id"] and not options["reason"].strip():
            raise CommandError("An erasure needs a --reason.")
        try:
            done = self._erase(options)
            if options["export"]:
                _write(options["export"])
        except HubError as error:
            raise CommandError(str(error)) from error
        self._say(done, options)

    @atomically
    def _erase(self, options: dict[str, Any]) -> list[Erasure]:
        at, done = timezone.now(), []
        if options["replay"]:
            done += replay_suppressions(_read(options["replay"]), actor=operator(), at=at)
        if options["golden_id"]:
            reason, force = options["reason"].strip(), options["force"]
            done.append(erase_golden_record(options["golden_id"], reason=reason, actor=operator(), at=at, force=force))
        transaction.set_rollback(options["dry_run"])
        return done

    def _say(self, done: list[Erasure], options: dict[str, Any]) -> None:
        if options["json"]:
            told = [{"ids": each.public_ids, "rows": each.counts, "targets": each.targets} for each in done]
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "erased": told}))
            return
        verb = "would be erased" if options["dry_run"] else "erased"
        for each in done:
            rows = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in each.counts.items() if count)
            self.stdout.write(f"{', '.join(each.public_ids)} {verb}: {rows}.")
            self.stdout.write(f"To be told: {', '.join(each.targets) or 'no target'}.")
        if not done:
            self.stdout.write("Nothing to erase.")


def _read(file: Path) -> list[Suppression]:
    try:
        return [Suppression.from_document(each) for each in json.loads(file.read_text(encoding="utf-8"))]
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be read: {type(error).__name__}.") from error
    except (ValueError, TypeError) as error:
        raise NotASuppression from error


def _write(file: Path) -> None:
    """Written beside and moved into place: an earlier export is never lost half-way."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(json.dumps([each.to_document() for each in suppressions()], indent=1) + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be written: {type(error).__name__}.") from error
