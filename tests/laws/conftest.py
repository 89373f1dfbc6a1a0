"""The laws are about the computed partition, so automation may always apply it."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from mdm.actors import SYSTEM
from mdm.entity_types import Attribute
from mdm.models import SourceSystem
from mdm.services.declared_attributes import Terms, with_declared
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.systems import put_mapping
from tests.builders import NOON, SYSTEMS, a_hub, customer_mapping
from tests.databases import TestDatabase

pytest.register_assert_rewrite("tests.laws.hub_over_time")  # its assertions show what differs, as a test's do


def a_hub_with_a_declared_attribute() -> None:
    """The laws hold for what is declared at run time, too."""
    a_hub()
    rules = published_rules("customer")
    declared = with_declared(
        rules.document, Attribute("loyalty_tier", "Loyalty tier"), Terms(owner="crm", strategy="system_of_record")
    )
    publish_rule_set("customer", declared, model=rules.model, actor=SYSTEM, at=NOON)
    for name in SYSTEMS:
        mapping = customer_mapping(name, loyalty_tier="tier")
        put_mapping(SourceSystem.objects.get(name=name), mapping, actor=SYSTEM, at=NOON)


@pytest.fixture(autouse=True)
def _automatic(settings: Settings) -> None:
    settings.ASSAY_AUTO_REPARTITION = "auto"


@pytest.fixture
def hub(db: None) -> None:
    """Both systems are connected; nothing is loaded. Gone after the test."""
    a_hub_with_a_declared_attribute()


@pytest.fixture
def committed_hub(transactional_db: None) -> None:
    """The same, committed, for tests whose threads have connections of their own."""
    a_hub_with_a_declared_attribute()


@pytest.fixture
def renewed_hub(transactional_db: None, django_db_setup: TestDatabase) -> Callable[[], None]:
    """A function that forgets everything and makes a committed hub anew: one for each example of many."""

    def renew() -> None:
        django_db_setup.renew()
        a_hub_with_a_declared_attribute()

    return renew
