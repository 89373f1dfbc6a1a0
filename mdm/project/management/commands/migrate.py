"""Migrations run as the role that owns the tables, never as the one the hub runs with."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from mdm.project.database import OWNER, grant_future_tables


class Command(migrate.Command):
    """Django's `migrate` on the connection `owner`, with the rights of the running role prepared first."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=OWNER)

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        if OWNER not in settings.DATABASES:
            raise CommandError("ASSAY_OWNER_DATABASE_URL must be set: the role that owns the tables migrates.")
        if options["database"] != OWNER:
            raise CommandError("Only the connection `owner` may migrate.")
        changes_nothing = options["plan"] or options["check_unapplied"]
        if not changes_nothing:
            grant_future_tables()
        super().handle(*args, **options)
