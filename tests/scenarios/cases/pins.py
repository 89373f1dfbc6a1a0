"""Pins over values, and corrections that owners are asked to take over."""

from tests.scenarios.approvers import Consents
from tests.scenarios.companies import KIES, NORDLICHT, SAND
from tests.scenarios.people import Edits, Keeps, Merges, Releases, Undoes
from tests.scenarios.steps import DaysPass, Tells
from tests.scenarios.table import Moment, Scenario, Step, golden, merged

PINNED: list[Step] = [Tells("crm:1", NORDLICHT), Edits("crm:1", {"name": "Nordlicht Europa GmbH"}, pin=True)]
CORRECTED: list[Step] = [Tells("crm:1", NORDLICHT, {"segment": "retail"}), Edits("crm:1", {"segment": "export"})]

PINS = [
    Scenario(
        "A pin stands over a newer value, and a steward is asked about it",
        [
            Moment(PINNED, [golden("A", "crm:1", name="Nordlicht Europa GmbH")]),
            Moment(
                [Tells("crm:1", NORDLICHT, {"name": "Nordlicht Handels GmbH"})],
                [golden("A", "crm:1", name="Nordlicht Europa GmbH")],
                ["name is pinned; does it still hold?"],
            ),
            Moment([Keeps("name")], [golden("A", "crm:1", name="Nordlicht Europa GmbH")]),
        ],
    ),
    Scenario(
        "A released pin gives way to what the systems say by then",
        [
            Moment(
                [*PINNED, Tells("crm:1", NORDLICHT, {"name": "Nordlicht Handels GmbH"})],
                [golden("A", "crm:1", name="Nordlicht Europa GmbH")],
                ["name is pinned; does it still hold?"],
            ),
            Moment([Releases("name"), Consents()], [golden("A", "crm:1", name="Nordlicht Handels GmbH")]),
        ],
    ),
    Scenario(
        "A pin goes home with the id it was set on when a merge is undone",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES), Edits("erp:1", {"name": "Kies AG"}, pin=True)],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1", name="Kies AG")],
            ),
            Moment(
                [Merges("crm:1", "erp:1", "the merge")],
                [golden("A", "crm:1 erp:1", name="Kies AG"), merged("B", into="A")],
                ["name is pinned; does it still hold?"],
            ),
            Moment(
                [Undoes("the merge")],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1", name="Kies AG")],
                ["name is pinned; does it still hold?"],
            ),
        ],
        note="While merged, the value beneath the pin was the other company's, so a steward is asked whether it holds.",
    ),
    Scenario(
        "A correction is shown at once and ends when its owner says the same",
        [
            Moment(CORRECTED, [golden("A", "crm:1", segment="export")]),
            Moment([Tells("crm:1", NORDLICHT, {"segment": "export"})], [golden("A", "crm:1", segment="export")]),
            Moment([Tells("crm:1", NORDLICHT, {"segment": "retail"})], [golden("A", "crm:1", segment="retail")]),
        ],
        note="Afterwards the attribute is the owner's alone again.",
    ),
    Scenario(
        "An owner that answers a correction with another value is believed, and a steward is told",
        [
            Moment(CORRECTED, [golden("A", "crm:1", segment="export")]),
            Moment(
                [Tells("crm:1", NORDLICHT, {"segment": "wholesale"})],
                [golden("A", "crm:1", segment="wholesale")],
                ["segment is pinned; does it still hold?"],
            ),
        ],
    ),
    Scenario(
        "An owner that does not answer a correction is brought to a steward after a week",
        [
            Moment(CORRECTED, [golden("A", "crm:1", segment="export")]),
            Moment(
                [DaysPass(8)],
                [golden("A", "crm:1", segment="export")],
                ["segment is pinned; does it still hold?"],
            ),
        ],
    ),
]
