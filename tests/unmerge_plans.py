"""Questions about unmerge plans of the two customers in `tests.merged_customers`."""

from mdm.models import (
    GoldenRecord,
)
from mdm.services.unmerging import Line, LineKind, Plan
from tests.builders import golden_of
from tests.merged_customers import (
    says,
)


def line_of(plan: Plan, kind: LineKind, attribute: str = "") -> Line:
    (line,) = [each for each in plan.of_kind(kind) if attribute in ("", each.attribute)]
    return line


def ids() -> tuple[str, str]:
    return golden_of("crm:1").public_id, golden_of("erp:1").public_id


def customer_of(name: str) -> str:
    return str(says(name, "customer", "pricing_agreement")["id"])


def merged_id() -> str:
    """The one golden record that is merged away."""
    return str(GoldenRecord.objects.get(status="merged").public_id)
