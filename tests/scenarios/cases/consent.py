"""Protected values: whoever brings another, it waits until others consent."""

from typing import Any

from tests.scenarios.approvers import Consents, TurnsDown
from tests.scenarios.companies import KIES, NORDLICHT, SAND
from tests.scenarios.people import Edits, Merges, Releases, Undoes
from tests.scenarios.steps import DaysPass, Deletes, RulesChange, Tells
from tests.scenarios.table import Moment, Scenario, Step, golden, merged

WAITS = ["may crm change what stands?"]


def _protect_names(document: dict[str, Any]) -> None:
    rule = {"required": True, "over_percent": None, "group": "approver", "origins": ["*"]}
    document["approval"] = {"name": rule}
    document["survivorship"]["trust"] = {"hub": 90, "crm": 70, "erp": 60, "*": 50}


def _trust_the_crm_less(document: dict[str, Any]) -> None:
    document["survivorship"]["trust"] = {"hub": 90, "crm": 50, "erp": 60, "*": 50}


PROTECTED = RulesChange("names need consent, whoever brings them", _protect_names)
KNOWN: list[Step] = [PROTECTED, Tells("erp:1", NORDLICHT, {"name": "Nordlicht AG"})]

CONSENT = [
    Scenario(
        "A second record of a company changes no protected value before others consent",
        [
            Moment([*KNOWN, Tells("crm:1", NORDLICHT)], [golden("A", "crm:1 erp:1", name="Nordlicht AG")], WAITS),
            Moment([Consents()], [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")]),
        ],
    ),
    Scenario(
        "What was turned down does not hold, and is not asked about again",
        [
            Moment([*KNOWN, Tells("crm:1", NORDLICHT), TurnsDown()], [golden("A", "crm:1 erp:1", name="Nordlicht AG")]),
            Moment(
                [Tells("crm:1", NORDLICHT, {"website": "https://a.example"}), DaysPass(40)],
                [golden("A", "crm:1 erp:1", name="Nordlicht AG", website="https://a.example")],
            ),
        ],
    ),
    Scenario(
        "A record that comes to say what stands is asked about no more",
        [
            Moment([*KNOWN, Tells("crm:1", NORDLICHT)], [golden("A", "crm:1 erp:1", name="Nordlicht AG")], WAITS),
            Moment(
                [Tells("crm:1", NORDLICHT, {"name": "Nordlicht AG"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht AG")],
            ),
        ],
    ),
    Scenario(
        "A merge brings no protected value past consent, and its undoing asks nobody",
        [
            Moment(
                [PROTECTED, Tells("erp:1", KIES), Tells("crm:1", SAND), Merges("erp:1", "crm:1", "the merge")],
                [golden("A", "crm:1 erp:1", name="Kiesgrube West"), merged("B", into="A")],
                WAITS,
            ),
            Moment(
                [Undoes("the merge")],
                [golden("A", "erp:1", name="Kiesgrube West"), golden("B", "crm:1", name="Sandhof Brandt")],
            ),
        ],
    ),
    Scenario(
        "A merge whose value was consented to is undone as a whole",
        [
            Moment(
                [PROTECTED, Tells("erp:1", KIES), Tells("crm:1", SAND), Merges("erp:1", "crm:1", "the merge")],
                [golden("A", "crm:1 erp:1", name="Kiesgrube West"), merged("B", into="A")],
                WAITS,
            ),
            Moment([Consents()], [golden("A", "crm:1 erp:1", name="Sandhof Brandt"), merged("B", into="A")]),
            Moment(
                [Undoes("the merge")],
                [golden("A", "erp:1", name="Kiesgrube West"), golden("B", "crm:1", name="Sandhof Brandt")],
            ),
        ],
    ),
    Scenario(
        "A deleted record's protected value stands until others consent to what is left",
        [
            Moment(
                [PROTECTED, Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"name": "Nordlicht AG"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
            Moment(
                [Deletes("crm:1")],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
                ["may erp change what stands?"],
            ),
        ],
    ),
    Scenario(
        "Other rules alone change no protected value",
        [
            Moment(
                [PROTECTED, Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT, {"name": "Nordlicht AG"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
            Moment(
                [RulesChange("the ERP is trusted more than the CRM", _trust_the_crm_less)],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
                ["may erp change what stands?"],
            ),
        ],
    ),
    Scenario(
        "The release of a pin on a protected value waits for consent",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Edits("crm:1", {"name": "Nordlicht Europa GmbH"}, pin=True)],
                [golden("A", "crm:1", name="Nordlicht Europa GmbH")],
            ),
            Moment(
                [Releases("name")],
                [golden("A", "crm:1", name="Nordlicht Europa GmbH")],
                ["approval: Nordlicht Europa GmbH"],
            ),
            Moment([Consents()], [golden("A", "crm:1", name="Nordlicht Handel GmbH")]),
        ],
    ),
]
