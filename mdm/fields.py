"""JSON columns read and written with orjson, several times faster than Django's own way; otherwise the same."""

from typing import Any

import orjson
from django.db import models
from psycopg.types.json import Jsonb


class JSONField(models.JSONField):
    """Stored as jsonb. Migrations see Django's field: only the way through Python differs."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        # A key transform (`payload__name`) may come as something else than JSON text; Django knows about those.
        if isinstance(value, str) and not hasattr(expression, "key_name"):
            return orjson.loads(value)
        return super().from_db_value(value, expression, connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        if isinstance(value, dict | list | orjson.Fragment):  # a fragment is JSON text already
            return Jsonb(value, dumps=orjson.dumps)
        return super().get_db_prep_value(value, connection, prepared)
