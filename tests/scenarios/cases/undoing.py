"""Decisions taken back, at once or after much else."""

from tests.scenarios.companies import KIES, NORDLICHT, SAND, ZEMENT
from tests.scenarios.people import Edits, KeepsApart, Merges, Refused, Undoes
from tests.scenarios.steps import Deletes, MatchedAgain, Repeats, Tells
from tests.scenarios.table import Golden, Moment, Scenario, Step, golden, merged

APART: list[Golden] = [golden("A", "crm:1"), golden("B", "crm:2"), golden("C", "crm:3")]
THREE: list[Step] = [Tells("crm:1", SAND), Tells("crm:2", KIES), Tells("crm:3", ZEMENT)]
CHAIN: list[Step] = [*THREE, Merges("crm:1", "crm:2", "the first merge"), Merges("crm:2", "crm:3", "the second merge")]
CHAINED = Moment(CHAIN, [golden("A", "crm:1 crm:2 crm:3"), merged("B", into="A"), merged("C", into="A")])

UNDOING = [
    Scenario(
        "An undone merge gives both ids back",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES)],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1", name="Kiesgrube West")],
            ),
            Moment(
                [Merges("crm:1", "erp:1", "the merge")],
                [golden("A", "crm:1 erp:1", name="Sandhof Brandt"), merged("B", into="A")],
            ),
            Moment(
                [Undoes("the merge")],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1", name="Kiesgrube West")],
            ),
        ],
        note="B led to A while it was merged, and lives again: it is the id it was.",
    ),
    Scenario(
        "An undone parting joins again what matching joins",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT), KeepsApart("crm:1", "erp:1", "the parting")],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment([Undoes("the parting")], [golden("A", "crm:1 erp:1"), merged("B", into="A")]),
        ],
    ),
    Scenario(
        "Undoing works after later edits by the systems",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES), Merges("crm:1", "erp:1", "the merge")],
                [golden("A", "crm:1 erp:1", name="Sandhof Brandt"), merged("B", into="A")],
            ),
            Moment(
                [
                    Tells("crm:1", SAND, {"name": "Sandhof Brandt & Sohn"}),
                    Tells("erp:1", KIES, {"website": "https://kies.example"}),
                ],
                [
                    golden("A", "crm:1 erp:1", name="Sandhof Brandt & Sohn", website="https://kies.example"),
                    merged("B", into="A"),
                ],
            ),
            Moment(
                [Undoes("the merge")],
                [
                    golden("A", "crm:1", name="Sandhof Brandt & Sohn", website=None),
                    golden("B", "erp:1", name="Kiesgrube West", website="https://kies.example"),
                ],
            ),
        ],
    ),
    Scenario(
        "Edits made after a merge stay with the id that was edited",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1", "the merge"),
                    Edits("erp:1", {"name": "Sand & Kies"}),
                ],
                [golden("A", "crm:1 erp:1 hub", name="Sand & Kies"), merged("B", into="A")],
            ),
            Moment(
                [Undoes("the merge")],
                [golden("A", "crm:1 hub", name="Sand & Kies"), golden("B", "erp:1", name="Kiesgrube West")],
            ),
        ],
    ),
    Scenario(
        "Edits made before a merge go home with the id they were made for",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES), Edits("erp:1", {"name": "Kies AG"})],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1 hub", name="Kies AG")],
            ),
            Moment(
                [Merges("crm:1", "erp:1", "the merge")],
                [golden("B", "crm:1 erp:1 hub", name="Kies AG"), merged("A", into="B")],
            ),
            Moment(
                [Undoes("the merge")],
                [golden("A", "crm:1", name="Sandhof Brandt"), golden("B", "erp:1 hub", name="Kies AG")],
            ),
        ],
    ),
    Scenario(
        "A record that joined since the merge goes where matching puts it",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("crm:2", NORDLICHT),
                    Merges("crm:1", "crm:2", "the merge"),
                    Tells("erp:1", NORDLICHT, {"vat": None}),
                ],
                [golden("A", "crm:1 crm:2 erp:1"), merged("B", into="A")],
            ),
            Moment([Undoes("the merge")], [golden("A", "crm:1"), golden("B", "crm:2 erp:1")]),
        ],
    ),
    Scenario(
        "A chain of merges unwinds from its end",
        [
            CHAINED,
            Moment(
                [Undoes("the second merge")],
                [golden("A", "crm:1 crm:2"), merged("B", into="A"), golden("C", "crm:3")],
            ),
            Moment([Undoes("the first merge")], APART),
        ],
    ),
    Scenario(
        "A chain of merges unwinds from its beginning",
        [
            CHAINED,
            Moment(
                [Undoes("the first merge")],
                [golden("A", "crm:1"), golden("B", "crm:2 crm:3"), merged("C", into="B")],
            ),
            Moment([Undoes("the second merge")], APART),
        ],
        note="The second merge said that `crm:2` and `crm:3` are the same, and still says so when the first is undone.",
    ),
    Scenario(
        "A merge is undone though a later one joined more to a company of several records",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("erp:1", NORDLICHT),
                    Tells("crm:2", KIES),
                    Tells("crm:3", SAND),
                    Merges("crm:1", "crm:2", "the first merge"),
                    Merges("crm:2", "crm:3", "the second merge"),
                ],
                [golden("A", "crm:1 crm:2 crm:3 erp:1"), merged("B", into="A"), merged("C", into="A")],
            ),
            Moment(
                [Undoes("the first merge")],
                [golden("A", "crm:1 erp:1"), golden("B", "crm:2 crm:3"), merged("C", into="B")],
            ),
        ],
    ),
    Scenario(
        "A load after an undone merge leaves the two apart",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1", "the merge"),
                    Undoes("the merge"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
            Moment(
                [Repeats("crm:1"), Tells("erp:1", KIES, {"phone": "+49651208"}), MatchedAgain()],
                [golden("A", "crm:1", phones=None), golden("B", "erp:1", phones=["+49651208"])],
            ),
        ],
    ),
    Scenario(
        "An id that lived again can be merged again",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1", "the merge"),
                    Undoes("the merge"),
                    Merges("erp:1", "crm:1", "the merge"),
                ],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
            ),
            Moment([Undoes("the merge")], [golden("A", "crm:1"), golden("B", "erp:1")]),
        ],
    ),
    Scenario(
        "A merge is undone though one side was deleted meanwhile",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1", "the merge"),
                    Deletes("erp:1"),
                ],
                [golden("A", "crm:1 erp:1", name="Sandhof Brandt"), merged("B", into="A")],
            ),
            Moment(
                [Undoes("the merge")],
                [
                    golden("A", "crm:1", name="Sandhof Brandt"),
                    golden("B", "erp:1", status="retired", name="Kiesgrube West"),
                ],
            ),
        ],
    ),
    Scenario(
        "Nothing is undone twice",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1", "the merge"),
                    Undoes("the merge"),
                    Refused(Undoes("the merge"), "state_conflict"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            )
        ],
    ),
]
