"""Merges foreseen, and taken back by a plan."""

from tests.scenarios.companies import BRANCH, KIES, NORDLICHT, SAND
from tests.scenarios.people import (
    Edits,
    Foresees,
    IsPromisedTo,
    KeepsApart,
    Merges,
    Refused,
    TakesBack,
    Undoes,
)
from tests.scenarios.steps import Agrees, MatchedAgain, Repeats, Tells
from tests.scenarios.table import Moment, Scenario, Step, golden, merged

TWO: list[Step] = [Tells("crm:1", SAND), Tells("erp:1", KIES, {"website": "https://kies.example"})]
APART = Moment(TWO, [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1", name="Kiesgrube West")])
MERGED = Moment([Merges("crm:1", "erp:1", "the merge")], [golden("A", "crm:1 erp:1"), merged("B", into="A")])

PLANS = [
    Scenario(
        "What a merge moves and brings into conflict is read before it is made",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("erp:1", BRANCH),
                    Agrees("crm:1", "12.50"),
                    Agrees("erp:1", "11.90"),
                    Foresees(
                        "crm:1",
                        "erp:1",
                        ["the pricing agreement A-1 would follow", "12.5 would stand against 11.9"],
                    ),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
                ["are crm:1 and erp:1 the same?"],
            ),
        ],
        note="It is found by merging and taking all of it back, so it cannot differ from what the merge does.",
    ),
    Scenario(
        "A promised price goes home with the record it was promised to",
        [
            Moment(
                [*TWO, Agrees("erp:1", "11.90")],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment(
                [Merges("crm:1", "erp:1", "the merge"), IsPromisedTo("erp:1", "A")],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
            ),
            Moment(
                [Undoes("the merge"), IsPromisedTo("erp:1", "B")],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
        ],
    ),
    Scenario(
        "A promised price stays where the steward leaves it, whatever is loaded later",
        [
            Moment(
                [*TWO, Agrees("erp:1", "11.90")],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            MERGED,
            Moment(
                [
                    TakesBack("the merge", {"reference customer": "A"}),
                    Agrees("erp:1", "12.90"),
                    Repeats("erp:1"),
                    IsPromisedTo("erp:1", "A"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
        ],
    ),
    Scenario(
        "What was edited since a merge goes where the steward sends it",
        [
            APART,
            MERGED,
            Moment(
                [Edits("crm:1", {"name": "Sand & Kies"})],
                [golden("A", "crm:1 erp:1 hub", name="Sand & Kies"), merged("B", into="A")],
            ),
            Moment(
                [TakesBack("the merge", {"edit name": "B"})],
                [golden("A", "crm:1 hub", name="Sandhof Brandt"), golden("B", "erp:1 hub", name="Sand & Kies")],
            ),
        ],
        note="Left alone it stays with A, which was edited.",
    ),
    Scenario(
        "An edit made since does not overwrite what the other one was edited to before",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT), Tells("crm:2", KIES)],
                [golden("A", "crm:1 erp:1"), golden("B", "crm:2")],
            ),
            Moment(
                [Edits("crm:2", {"name": "Kies AG"}), Tells("erp:2", NORDLICHT), Merges("crm:2", "crm:1", "the merge")],
                [golden("A", "crm:1 crm:2 erp:1 erp:2 hub", name="Kies AG"), merged("B", into="A")],
            ),
            Moment(
                [Edits("crm:1", {"name": "Nordlicht & Kies"})],
                [golden("A", "crm:1 crm:2 erp:1 erp:2 hub hub", name="Nordlicht & Kies"), merged("B", into="A")],
            ),
            Moment(
                [Undoes("the merge")],
                [
                    golden("A", "crm:1 erp:1 erp:2 hub", name="Nordlicht & Kies"),
                    golden("B", "crm:2 hub", name="Kies AG"),
                ],
            ),
        ],
    ),
    Scenario(
        "A correction set since a merge goes to the side whose value it corrects",
        [
            APART,
            MERGED,
            Moment(
                [Edits("crm:1", {"website": "https://west.example"}), Undoes("the merge")],
                [
                    golden("A", "crm:1", website=None),
                    golden("B", "erp:1", website="https://west.example"),
                ],
            ),
        ],
        note="Only the Kiesgrube's sources say what it stands over.",
    ),
    Scenario(
        "What matching would hold together comes apart where a steward says so, and stays apart",
        [
            Moment([*TWO, Merges("crm:1", "erp:1", "the merge")], [golden("A", "crm:1 erp:1"), merged("B", into="A")]),
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT), TakesBack("the merge", {"record erp:1": "B"})],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment([MatchedAgain()], [golden("A", "crm:1"), golden("B", "erp:1")]),
        ],
    ),
    Scenario(
        "A decision is asked about again when what it was about comes to agree, and stands meanwhile",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("erp:1", KIES),
                    KeepsApart("crm:1", "erp:1", until_they_agree_in="tax_registrations"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment(
                [
                    Tells("erp:1", KIES, {"vat": "DE136695976"}),
                    Refused(Merges("crm:1", "erp:1"), "contradicts_decision"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
                ["does the decision about crm:1 and erp:1 still hold?"],
            ),
        ],
    ),
]
