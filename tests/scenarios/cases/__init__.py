"""The table: every scenario, by chapter of the page."""

from collections.abc import Mapping, Sequence

from tests.scenarios.cases.consent import CONSENT
from tests.scenarios.cases.edits import EDITS
from tests.scenarios.cases.matching import MATCHING
from tests.scenarios.cases.merges import MERGES
from tests.scenarios.cases.pins import PINS
from tests.scenarios.cases.plans import PLANS
from tests.scenarios.cases.sources import SOURCES
from tests.scenarios.cases.undoing import UNDOING
from tests.scenarios.table import Scenario

CHAPTERS: Mapping[str, Sequence[Scenario]] = {
    "Records arrive": MATCHING,
    "Stewards join and part": MERGES,
    "Decisions are taken back": UNDOING,
    "Merges are foreseen, and taken back by a plan": PLANS,
    "Systems change their minds": SOURCES,
    "Stewards edit": EDITS,
    "Pins and corrections": PINS,
    "Protected values wait for consent": CONSENT,
}
SCENARIOS: Sequence[Scenario] = [each for chapter in CHAPTERS.values() for each in chapter]
