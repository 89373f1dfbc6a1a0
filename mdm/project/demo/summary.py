"""What the demo found, against the truth its generator kept."""

from rich.console import Console
from rich.table import Table

from mdm.entity_types import in_settling_order
from mdm.models import (
    CandidatePair,
    GoldenRecord,
    GoldenStatus,
    OutboxMessage,
    QuarantineEntry,
    QuarantineState,
    SourceRecord,
)
from mdm.project.demo.places import DemoPlaces
from mdm.selectors.evaluation import agreement_with_truth
from stewardship.models import Task
from sync.selectors.backlog import backlogs


def print_summary(console: Console, *, places: DemoPlaces) -> None:
    """Counts per stage and, per entity type, precision, recall and F1 of the links."""
    table = Table(title="What was found", title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in (
        "source records",
        "quarantined",
        "pairs kept",
        "to review",
        "golden records",
        "precision",
        "recall",
        "F1",
    ):
        table.add_column(heading, justify="right")
    for kind in in_settling_order():
        pairs = CandidatePair.objects.filter(entity_type=kind.name)
        score = agreement_with_truth(kind.name, places.extracts / f"truth_{kind.name}.csv")
        counts = [
            SourceRecord.objects.filter(entity_type=kind.name).count(),
            QuarantineEntry.objects.filter(entity_type=kind.name, state=QuarantineState.OPEN).count(),
            pairs.count(),
            Task.objects.filter(entity_type=kind.name, state="open", kind="match_review").count(),
            GoldenRecord.objects.filter(entity_type=kind.name, status=GoldenStatus.ACTIVE).count(),
        ]
        table.add_row(
            kind.label_plural,
            *(f"{count:,}" for count in counts),
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
            f"{score.f1:.3f}",
        )
    console.print(table, width=max(console.width, 110))
    console.print(
        "  A link is wrong or missing as the generator's truth files say; pairs to review count as not linked.",
        style="dim",
    )
    waiting = ", ".join(f"{each.target_label} {each.waiting:,}" for each in backlogs())
    console.print(f"  {OutboxMessage.objects.count():,} outbox messages; deliveries waiting or under way: {waiting}.")
