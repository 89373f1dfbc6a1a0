"""Values that stewards propose, and who must consent to them."""

from tests.scenarios.companies import NORDLICHT
from tests.scenarios.people import Edits, Proposes
from tests.scenarios.steps import DaysPass, Deletes, Tells
from tests.scenarios.table import Moment, Scenario, golden

EDITS = [
    Scenario(
        "An approved edit outweighs what systems say, now and later",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Edits("crm:1", {"name": "Nordlicht Europa GmbH"})],
                [golden("A", "crm:1 hub", name="Nordlicht Europa GmbH")],
            ),
            Moment(
                [Tells("crm:1", NORDLICHT, {"name": "Nordlicht Handels GmbH"})],
                [golden("A", "crm:1 hub", name="Nordlicht Europa GmbH")],
            ),
        ],
    ),
    Scenario(
        "A proposal that nobody has approved changes nothing, and ends by itself",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Proposes("crm:1", {"name": "Nordlicht Europa GmbH"})],
                [golden("A", "crm:1", name="Nordlicht Handel GmbH")],
                ["approval: Nordlicht Handel GmbH"],
            ),
            Moment([DaysPass(31)], [golden("A", "crm:1", name="Nordlicht Handel GmbH")]),
        ],
    ),
    Scenario(
        "A steward's edits alone do not keep a company alive",
        [
            Moment(
                [Tells("crm:1", NORDLICHT), Edits("crm:1", {"name": "Nordlicht Europa GmbH"}), Deletes("crm:1")],
                [golden("A", "crm:1 hub", status="retired", name="Nordlicht Europa GmbH")],
            )
        ],
    ),
]
