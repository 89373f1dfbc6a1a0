# ruff: noqa: N999  # the name of the command
"""`manage.py api-key create|list|revoke`: keys of API clients. The text of a key is shown once, when it is made."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.actors import SYSTEM
from mdm.errors import HubError
from mdm.models import ApiKey
from mdm.services.api_keys import PROPOSING, create_api_key, known_scopes, revoke_api_key
from mdm.services.intake import source_system


class Command(BaseCommand):
    help = "Create, list and revoke API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key and show it once")
        create.add_argument("name", help="who or what uses it")
        create.add_argument(
            "--scope", action="append", default=[], choices=[*known_scopes(), "all"], help="may be given several times"
        )
        create.add_argument("--owner", help="user name of who answers for it; needed to propose changes")
        create.add_argument("--system", help="the only source system whose records it may send")
        create.add_argument("--days", type=int, default=90, help="days until it expires (default: 90)")
        actions.add_parser("list", help="show all keys, never their text")
        revoke = actions.add_parser("revoke", help="refuse a key from now on")
        revoke.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _create(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        owner = options["owner"] or ""
        if owner and not User.objects.filter(username=owner, is_active=True).exists():
            raise CommandError(f"No active user is named {owner!r}.")
        every = [scope for scope in known_scopes() if owner or scope != PROPOSING]
        scopes = every if "all" in options["scope"] else options["scope"]
        if not scopes:
            raise CommandError("Give at least one --scope.")
        _, text = create_api_key(
            options["name"],
            scopes=scopes,
            source_system=source_system(options["system"]) if options["system"] else None,
            expires_at=now + timedelta(days=options["days"]),
            owner=owner,
            actor=SYSTEM,
            at=now,
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        for key in ApiKey.objects.select_related("source_system").order_by("pk"):
            system = key.source_system.name if key.source_system else "any system"
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else f"until {key.expires_at:%Y-%m-%d}"
            self.stdout.write(
                f"{key.prefix}  {state}  {key.name}  {system}  {key.owner or 'no owner'}  {' '.join(key.scopes)}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        revoke_api_key(options["prefix"], actor=SYSTEM, at=timezone.now())
        self.stdout.write("Revoked.")
