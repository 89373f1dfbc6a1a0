"""Two database roles: `assay_owner` (alias `owner`) migrates, `assay_app` (alias `default`) runs everything else."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Model
from psycopg import sql

from mdm.project.env import DatabaseAddress

OWNER = "owner"
APP = "default"


def connection_settings(address: DatabaseAddress, *, statement_timeout_seconds: int | None) -> dict[str, Any]:
    """Django's entry for one database. A timeout of None lets statements run as long as they need: migrations."""
    options: dict[str, Any] = dict(address.options)
    if statement_timeout_seconds is not None:
        options["options"] = f"-c statement_timeout={statement_timeout_seconds * 1000}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


class OwnerMigrates:
    """Keeps the schema to the owner. Queries never go there: both aliases are one database."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        return APP

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return APP

    def allow_relation(self, first: Model, second: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == OWNER


def grant_future_tables(alias: str = OWNER) -> None:
    """Give the running role its rights on tables and sequences that the owner creates from now on.

    Default privileges rather than grants after the fact: a migration that takes rights away, as the append-only
    tables do, is then never overruled by a later run. Safe to repeat.
    """
    app = sql.Identifier(settings.DATABASES[APP]["USER"])
    statements = (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        "GRANT USAGE ON SCHEMA public TO {app}",
    )
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(app=app).as_string(None))
