import pytest
from django.db import transaction

from mdm.actors import SYSTEM
from mdm.services.intake import current_mapping, source_system
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.services.systems import put_mapping
from tests.builders import NOON, customer_mapping


def with_half_life(days: int) -> PublishedRules:
    document = published_rules("customer").document.to_document()
    survivorship = {**document["survivorship"], "half_life_days": {"crm": days}}
    publish_rule_set("customer", {**document, "survivorship": survivorship}, model=None, actor=SYSTEM, at=NOON)
    return published_rules("customer")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [100, 200])
def test_ids_that_start_over_in_another_database_bring_nothing_along(committed_hub: None, days: int) -> None:
    rules = with_half_life(days)
    put_mapping(
        source_system("crm"), customer_mapping("crm", segment={"path": f"segment{days}"}), actor=SYSTEM, at=NOON
    )

    assert rules.document.to_document()["survivorship"]["half_life_days"] == {"crm": days}
    assert f"segment{days}" in str(current_mapping(source_system("crm"), "customer")[1].document)


def test_publishing_what_is_in_force_changes_nothing(hub: None) -> None:
    before = published_rules("customer")

    publish_rule_set("customer", before.document.to_document(), model=before.model, actor=SYSTEM, at=NOON)

    assert published_rules("customer") is before


def test_a_rule_set_rolled_back_is_not_remembered(hub: None) -> None:
    before = published_rules("customer")
    with transaction.atomic():
        assert with_half_life(300) is not before
        transaction.set_rollback(True)

    assert published_rules("customer") is before
