"""Pages show and change what is declared at run time, as they do what is built in."""

import pytest

from mdm.actors import SYSTEM
from mdm.entity_types import Attribute, AttributeType
from mdm.entity_types.base import ReviewKind
from mdm.models import SourceSystem
from mdm.services.declared_attributes import Terms, with_declared
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.systems import put_mapping
from stewardship.selectors.golden_page import version_rows
from stewardship.services.roles import Role
from tests.stewardship.builders import NOON, father_and_son, golden, mapping, signed_in

pytestmark = pytest.mark.django_db

TIER = Attribute(
    "loyalty_tier", "Loyalty tier", AttributeType.CHOICE, ReviewKind.COMMERCIAL, choices=("silver", "gold")
)
VISIT = Attribute("last_visit", "Last visit", AttributeType.DATE)


@pytest.fixture
def _declared(hub: None) -> None:
    document = published_rules("customer").document
    for attribute, owner in ((TIER, "crm"), (VISIT, None)):
        rules = with_declared(document, attribute, Terms(owner=owner, strategy="most_trusted"))
        publish_rule_set("customer", rules, model=None, actor=SYSTEM, at=NOON)
        document = published_rules("customer").document
    for name in ("crm", "erp"):
        written = mapping(name)
        written["attributes"] |= {"loyalty_tier": "tier", "last_visit": "visit"}
        put_mapping(SourceSystem.objects.get(name=name), written, actor=SYSTEM, at=NOON)


@pytest.mark.usefixtures("_declared")
def test_they_are_shown_compared_and_proposed() -> None:
    task = father_and_son(tier="gold", visit="2026-02-01")
    client, record = signed_in(Role.STEWARD), golden("crm", "C0")

    page = client.get(f"/golden/{record.public_id}/").content.decode()
    assert all(text in page for text in ("Loyalty tier", "gold", "Last visit", "2026-02-01"))
    assert "Loyalty tier" in client.get(f"/reviews/{task.pk}/").content.decode()

    address = f"/golden/{record.public_id}/edit/"
    form = client.get(address).context["form"]
    values = {name: field.initial or "" for name, field in form.fields.items()}
    client.post(
        address,
        {**values, "loyalty_tier": "silver", "last_visit": "2026-02-03", "reason": "Was here again"},
        follow=True,
    )

    said = golden("crm", "C0").document["attributes"]
    assert (said["loyalty_tier"], said["last_visit"]) == ("silver", "2026-02-03")
    changes = [change.label for row in version_rows(golden("crm", "C0")) for change in row.changes]
    assert {"Loyalty tier", "Last visit"} <= set(changes)
