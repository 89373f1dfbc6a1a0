"""What people call things: titles of golden records, labels of systems."""

from collections.abc import Iterable

from mdm.models import GoldenRecord, SourceSystem


def titles_of(public_ids: Iterable[str]) -> dict[str, str]:
    """Titles of the golden records with these public ids."""
    wanted = sorted(set(public_ids))
    if not wanted:
        return {}
    return dict(GoldenRecord.objects.filter(public_id__in=wanted).values_list("public_id", "title"))


def system_labels() -> dict[str, str]:
    """Label of every connected system by its name."""
    return dict(SourceSystem.objects.values_list("name", "label"))
