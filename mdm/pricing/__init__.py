"""Which price holds: a pure calculation over facts that a selector read. No database, no clock."""

from mdm.pricing.facts import AgreementFacts, Break, Candidate, Conversion, Party, ProductFacts, Question, Window
from mdm.pricing.resolving import Outcome, Removed, Resolution, Step, resolve

__all__ = [
    "AgreementFacts",
    "Break",
    "Candidate",
    "Conversion",
    "Outcome",
    "Party",
    "ProductFacts",
    "Question",
    "Removed",
    "Resolution",
    "Step",
    "Window",
    "resolve",
]
