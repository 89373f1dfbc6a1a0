"""What the hub compares before it sends."""

from mdm.entity_types import coded_attributes
from mdm.mapping.parsing import parse_mapping
from mdm.rules.documents import AttributeOwnership, OnConflict
from sync.outbound.rendering import Rendered, render_version

MAPPING = parse_mapping(
    {
        "system": "crm",
        "entity_type": "customer",
        "key": "Id",
        "attributes": {"name": "Name", "segment": {"path": "Segment", "direction": "write"}},
    }
)
RECEIVED = AttributeOwnership(
    owner="erp", contributors=(), proposers=(), receivers=("crm",), on_conflict=OnConflict.REFUSE
)


def rendered(segment: str) -> Rendered:
    return render_version(
        {"attributes": {"name": "Fjord AS", "segment": segment}},
        mapping=MAPPING,
        attributes=coded_attributes("customer"),
        ownership={"name": RECEIVED, "segment": RECEIVED},
        remote_keys={},
        sent={},
        creating=False,
    )


def test_an_attribute_that_is_never_read_back_is_compared_with_what_was_sent_last() -> None:
    assert rendered("retail").differing({"name": "Fjord AS", "segment": "online"}) == ("segment",)
    assert rendered("retail").differing({"name": "Fjord AS", "segment": "retail"}) == ()


def test_a_record_just_read_is_not_judged_by_what_cannot_be_read() -> None:
    assert rendered("retail").drifted({"name": "Fjord AS"}) == ()
    assert rendered("retail").drifted({"name": "Fjord"}) == ("name",)
