"""What people call systems."""

from mdm.models import SourceSystem


def system_labels() -> dict[str, str]:
    """Label of every connected system by its name."""
    return dict(SourceSystem.objects.values_list("name", "label"))
