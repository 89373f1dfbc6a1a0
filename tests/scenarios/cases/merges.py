"""Golden records joined and parted by stewards."""

from tests.scenarios.companies import BRANCH, KIES, NORDLICHT, SAND, ZEMENT
from tests.scenarios.people import KeepsApart, Merges, Refused
from tests.scenarios.steps import Agrees, MatchedAgain, Tells
from tests.scenarios.table import Moment, Scenario, golden, merged

MERGES = [
    Scenario(
        "Merging golden records keeps the id of the larger one, and the other leads to it",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT), Tells("crm:2", KIES)],
                [golden("A", "crm:1 erp:1"), golden("B", "crm:2")],
            ),
            Moment(
                [Merges("crm:2", "crm:1")],
                [golden("A", "crm:1 crm:2 erp:1"), merged("B", into="A")],
            ),
        ],
    ),
    Scenario(
        "An id that was merged twice leads to the last survivor",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("crm:2", KIES), Merges("crm:1", "crm:2")],
                [golden("A", "crm:1 crm:2"), merged("B", into="A")],
            ),
            Moment(
                [
                    Tells("erp:1", NORDLICHT),
                    Tells("erp:2", NORDLICHT),
                    Tells("erp:3", NORDLICHT),
                    Merges("crm:1", "erp:1"),
                ],
                [golden("C", "crm:1 crm:2 erp:1 erp:2 erp:3"), merged("A", into="C"), merged("B", into="A")],
            ),
        ],
        note="B leads to A and A to C; whoever asks for B is led to C.",
    ),
    Scenario(
        "A merge outlives every match",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("erp:1", KIES), Merges("crm:1", "erp:1"), MatchedAgain()],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
            )
        ],
    ),
    Scenario(
        "What matching joined a steward parts, and matching does not join it again",
        [
            Moment([Tells("crm:1", NORDLICHT), Tells("erp:1", NORDLICHT)], [golden("A", "crm:1 erp:1")]),
            Moment(
                [KeepsApart("crm:1", "erp:1"), MatchedAgain()],
                [golden("A", "crm:1"), golden("B", "erp:1")],
            ),
        ],
    ),
    Scenario(
        "When a link is broken, the values of the record that left are gone",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT, {"segment": "retail"}),
                    Tells("erp:1", NORDLICHT, {"phone": "+4940999", "website": "https://erp.example"}),
                ],
                [
                    golden(
                        "A",
                        "crm:1 erp:1",
                        segment="retail",
                        website="https://erp.example",
                        phones=["+49401234567", "+4940999"],
                    )
                ],
            ),
            Moment(
                [KeepsApart("crm:1", "erp:1")],
                [
                    golden("A", "crm:1", segment="retail", website=None, phones=["+49401234567"]),
                    golden("B", "erp:1", segment=None, website="https://erp.example", phones=["+4940999"]),
                ],
            ),
        ],
    ),
    Scenario(
        "A merge across what a steward keeps apart is refused, however long the way",
        [
            Moment(
                [Tells("crm:1", SAND), Tells("crm:2", KIES), Tells("erp:1", ZEMENT), KeepsApart("crm:1", "erp:1")],
                [golden("A", "crm:1"), golden("B", "crm:2"), golden("C", "erp:1")],
            ),
            Moment(
                [Merges("crm:1", "crm:2"), Refused(Merges("crm:2", "erp:1"), "contradicts_decision")],
                [golden("A", "crm:1 crm:2"), merged("B", into="A"), golden("C", "erp:1")],
            ),
        ],
    ),
    Scenario(
        "A decision that stands already is not made twice",
        [
            Moment(
                [
                    Tells("crm:1", SAND),
                    Tells("erp:1", KIES),
                    Merges("crm:1", "erp:1"),
                    Refused(Merges("crm:1", "erp:1"), "already_decided"),
                ],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
            )
        ],
    ),
    Scenario(
        "A record joins a merged company by resembling either side",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Tells("crm:2", ZEMENT), Merges("crm:1", "crm:2")],
                [golden("A", "crm:1 crm:2"), merged("B", into="A")],
            ),
            Moment(
                [Tells("erp:2", ZEMENT)],
                [golden("A", "crm:1 crm:2 erp:2"), merged("B", into="A")],
            ),
        ],
    ),
    Scenario(
        "Merging two customers that were promised different prices asks which price holds",
        [
            Moment(
                [
                    Tells("crm:1", NORDLICHT),
                    Tells("erp:1", BRANCH),
                    Agrees("crm:1", "12.50"),
                    Agrees("erp:1", "11.90"),
                    Refused(Merges("crm:1", "erp:1"), "price_conflicts"),
                ],
                [golden("A", "crm:1"), golden("B", "erp:1")],
                ["are crm:1 and erp:1 the same?"],
            ),
            Moment(
                [Merges("crm:1", "erp:1", in_spite_of="Settled tomorrow")],
                [golden("A", "crm:1 erp:1"), merged("B", into="A")],
                ["which of the prices promised to crm:1 and erp:1 holds?"],
            ),
        ],
    ),
]
