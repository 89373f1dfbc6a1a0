"""Records that change, go and come back."""

from tests.scenarios.companies import KIES, NORDLICHT, SAND, ZEMENT
from tests.scenarios.people import Merges
from tests.scenarios.steps import Deletes, RulesChange, Tells
from tests.scenarios.table import Moment, Scenario, golden, merged

BOTH = [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT)]


def _trust_the_erp(document: dict[str, object]) -> None:
    survivorship = document["survivorship"]
    assert isinstance(survivorship, dict)
    survivorship["trust"] = {**survivorship["trust"], "erp": 80}


def _trust_the_crm(document: dict[str, object]) -> None:
    survivorship = document["survivorship"]
    assert isinstance(survivorship, dict)
    survivorship["trust"] = {**survivorship["trust"], "erp": 60}


SOURCES = [
    Scenario(
        "A record that changes and still matches changes the values, not the links",
        [
            Moment(BOTH, [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")]),
            Moment(
                [Tells("crm:1", NORDLICHT, {"name": "Nordlicht Handels GmbH"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handels GmbH")],
            ),
        ],
    ),
    Scenario(
        "A record that no longer matches leaves, and takes its values along",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"website": "https://erp.example"})],
                [golden("A", "crm:1 erp:1", website="https://erp.example")],
            ),
            Moment(
                [Tells("erp:1", ZEMENT)],
                [
                    golden("A", "crm:1", name="Nordlicht Handel GmbH", website=None),
                    golden("B", "erp:1", name="Zementwerk Ost AG"),
                ],
            ),
        ],
    ),
    Scenario(
        "A record that comes to match another company moves to it, and its old id leads there",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", ZEMENT)],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment([Tells("erp:1", NORDLICHT)], [golden("A", "crm:1 erp:1"), merged("B", into="A")]),
        ],
    ),
    Scenario(
        "An id that led to another lives again when its record leaves",
        [
            Moment([Tells("crm:1", NORDLICHT), Tells("erp:1", ZEMENT)], [golden("A", "crm:1"), golden("B", "erp:1")]),
            Moment([Tells("erp:1", NORDLICHT)], [golden("A", "crm:1 erp:1"), merged("B", into="A")]),
            Moment([Tells("erp:1", ZEMENT)], [golden("A", "crm:1"), golden("B", "erp:1")]),
        ],
    ),
    Scenario(
        "A record that a steward linked stays linked when it changes",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES), Merges("crm:1", "erp:1")],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
            ),
            Moment([Tells("erp:1", ZEMENT)], [golden("A", "crm:1 erp:1"), merged("B", into="A")]),
        ],
    ),
    Scenario(
        "A deleted record stays linked, and its values give way",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"name": "Nordlicht GmbH"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
            Moment([Deletes("crm:1")], [golden("A", "crm:1 erp:1", name="Nordlicht GmbH")]),
        ],
    ),
    Scenario(
        "A golden record whose last source is deleted retires with the values it had",
        [
            Moment([Tells("crm:1", NORDLICHT)], [golden("A", "crm:1")]),
            Moment([Deletes("crm:1")], [golden("A", "crm:1", status="retired", name="Nordlicht Handel GmbH")]),
        ],
    ),
    Scenario(
        "A deleted record that returns revives its golden record under the same id",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Deletes("crm:1")],
                [golden("A", "crm:1", status="retired", name="Nordlicht Handel GmbH")],
            ),
            Moment(
                [Tells("crm:1", NORDLICHT, {"name": "Nordlicht Handels GmbH"})],
                [golden("A", "crm:1", name="Nordlicht Handels GmbH")],
            ),
        ],
    ),
    Scenario(
        "When the owner falls silent, the next system's value shows; when it speaks again, its own does",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT, {"website": "https://crm.example"}),
                    Tells("erp:1", NORDLICHT, {"website": "https://erp.example"}),
                ],
                [golden("A", "crm:1 erp:1", website="https://crm.example")],
            ),
            Moment([Deletes("crm:1")], [golden("A", "crm:1 erp:1", website="https://erp.example")]),
            Moment(
                [Tells("crm:1", NORDLICHT, {"website": "https://new.example"})],
                [golden("A", "crm:1 erp:1", website="https://new.example")],
            ),
        ],
    ),
    Scenario(
        "An empty field of the owner is silence, not a value: the next system's shows",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT, {"website": "https://crm.example"}),
                    Tells("erp:1", NORDLICHT, {"website": "https://erp.example"}),
                ],
                [golden("A", "crm:1 erp:1", website="https://crm.example")],
            ),
            Moment([Tells("crm:1", NORDLICHT)], [golden("A", "crm:1 erp:1", website="https://erp.example")]),
        ],
        note="A mapping can say otherwise, with `empty: says_none`.",
    ),
    Scenario(
        "An item of a collection goes when the only source that told it goes",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"phone": "+49407770"})],
                [golden("A", "crm:1 erp:1", phones=["+49401234567", "+49407770"])],
            ),
            Moment([Deletes("erp:1")], [golden("A", "crm:1 erp:1", phones=["+49401234567"])]),
        ],
    ),
    Scenario(
        "An item that two sources told stays when one of them goes",
        [
            Moment(BOTH, [golden("A", "crm:1 erp:1", phones=["+49401234567"])]),
            Moment([Deletes("crm:1")], [golden("A", "crm:1 erp:1", phones=["+49401234567"])]),
        ],
    ),
    Scenario(
        "Rules that trust another system change the values, and rolled back they restore them",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"name": "Nordlicht GmbH"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
            Moment(
                [RulesChange("the ERP is trusted more than the CRM", _trust_the_erp)],
                [golden("A", "crm:1 erp:1", name="Nordlicht GmbH")],
            ),
            Moment(
                [RulesChange("as they were", _trust_the_crm)],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
        ],
    ),
]
