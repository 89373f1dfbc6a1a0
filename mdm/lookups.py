"""`field__any=[…]`: one array parameter, where `__in` spells out thousands for Python to compile and quote."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BigAutoField, BigIntegerField, CharField, ForeignKey, Lookup


@CharField.register_lookup
@BigAutoField.register_lookup
@BigIntegerField.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):
    """Equal to any of the given plain values; an empty collection matches nothing."""

    lookup_name = "any"
    prepare_rhs = False

    def get_prep_lookup(self) -> list[Any]:
        values: Iterable[Any] = self.rhs
        return list(values)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, self.rhs)
