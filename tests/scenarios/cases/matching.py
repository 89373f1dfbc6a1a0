"""What becomes of a record that arrives."""

from tests.scenarios.companies import BRANCH, KIES, NORDLICHT, ZEMENT
from tests.scenarios.people import KeepsApart, Merges
from tests.scenarios.steps import MatchedAgain, Repeats, Tells
from tests.scenarios.table import Moment, Scenario, golden, merged

PLAIN = {"street": "Lindenallee", "house_number": "3", "postcode": "28195", "city": "Bremen", "vat": None}

MATCHING = [
    Scenario(
        "A record that resembles nothing becomes a golden record of its own",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", ZEMENT)],
                [
                    golden("A", "crm:1", name="Nordlicht Handel GmbH"),
                    golden("B", "erp:1", name="Zementwerk Ost AG"),
                ],
            )
        ],
    ),
    Scenario(
        "A record that surely is a known company joins its golden record",
        [
            Moment([Tells("crm:1", NORDLICHT)], [golden("A", "crm:1", name="Nordlicht Handel GmbH")]),
            Moment(
                [Tells("erp:1", NORDLICHT, {"name": "Nordlicht Handel"})],
                [golden("A", "crm:1 erp:1", name="Nordlicht Handel GmbH")],
            ),
        ],
    ),
    Scenario(
        "Of two records of one system that are the same, both stay under one golden record",
        [Moment([Tells("crm:1", NORDLICHT), Tells("crm:2", NORDLICHT)], [golden("A", "crm:1 crm:2")])],
    ),
    Scenario(
        "A record that may be a known company waits beside it, and a steward is asked",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", BRANCH)],
                [golden("A", "crm:1"), golden("B", "erp:1")],
                ["are crm:1 and erp:1 the same?"],
            )
        ],
    ),
    Scenario(
        "A steward's yes joins the two, and the question is gone",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", BRANCH)],
                [golden("A", "crm:1"), golden("B", "erp:1")],
                ["are crm:1 and erp:1 the same?"],
            ),
            Moment(
                [Merges("crm:1", "erp:1")],
                [golden("A", "crm:1 erp:1", address="Hafenstrasse, Hamburg"), merged("B", into="A")],
            ),
        ],
    ),
    Scenario(
        "A steward's no outlives every load and match",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", BRANCH), KeepsApart("crm:1", "erp:1")],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment(
                [Repeats("erp:1"), Tells("erp:1", NORDLICHT), MatchedAgain()],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
        ],
        note="By now the ERP says of it word for word what the CRM says.",
    ),
    Scenario(
        "Of two possible companies a steward accepts one, and the other is no longer asked about",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("crm:2", NORDLICHT, {**PLAIN, "phone": None, "email": None}),
                    KeepsApart("crm:1", "crm:2"),
                    Tells("erp:1", BRANCH),
                ],
                [golden("A", "crm:1"), golden("B", "crm:2"), golden("C", "erp:1")],
                ["are crm:1 and erp:1 the same?"],
            ),
            Moment(
                [Merges("crm:1", "erp:1")],
                [golden("A", "crm:1 erp:1"), golden("B", "crm:2"), merged("C", into="A")],
            ),
        ],
        note="The two are kept apart, so accepting one says no to the other. Nothing stands under two golden records.",
    ),
    Scenario(
        "A record that fits two golden records joins the one it fits better, and a steward is asked about the other",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT, {"vat": None, "phone": None, "email": None}),
                    Tells("erp:1", NORDLICHT, {**PLAIN, "name": "Nordlicht", "email": None}),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment(
                [Tells("erp:2", NORDLICHT)],
                [golden("A", "crm:1 erp:2"), golden("B", "erp:1")],
                ["are erp:1 and erp:2 the same?"],
            ),
        ],
    ),
    Scenario(
        "A record that would leave a golden record which a steward decided about waits for a steward",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("erp:1", ZEMENT),
                    Tells("erp:2", KIES),
                    KeepsApart("erp:1", "erp:2"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1"), golden("C", "erp:2")],
            ),
            Moment(
                [Tells("erp:1", NORDLICHT)],
                [golden("A", "crm:1"), golden("B", "erp:1"), golden("C", "erp:2")],
                [
                    "are crm:1 and erp:1 the same?",
                    "may erp change what others own?",
                    "may these records be grouped anew?",
                ],
            ),
        ],
    ),
    Scenario(
        "Sending a record again word for word changes nothing",
        [
            Moment([Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT)], [golden("A", "crm:1 erp:1")]),
            Moment([Repeats("crm:1"), Repeats("erp:1")], [golden("A", "crm:1 erp:1")]),
        ],
    ),
]
