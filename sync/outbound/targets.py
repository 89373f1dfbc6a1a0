"""Systems that golden versions go to."""

from collections.abc import Sequence

from mdm.models import SourceSystem, SystemMode


def open_targets() -> Sequence[SourceSystem]:
    """Systems with a connector that are not off, by name. The hub itself has none."""
    return list(SourceSystem.objects.exclude(mode=SystemMode.OFF).exclude(connector="").order_by("name"))


def creates(target: SourceSystem, entity_type: str) -> bool:
    """Whether golden records of that type which the target does not know are to be made there."""
    return entity_type in target.settings.get("creates", ())
