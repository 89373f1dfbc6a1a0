"""Closed choices among the hub's settings."""

from enum import StrEnum


class MatchProfile(StrEnum):
    """How sure the hub must be to link by itself."""

    CAUTIOUS = "cautious"
    BALANCED = "balanced"


class AutoRepartition(StrEnum):
    """What becomes of a new grouping of golden records that others rely on: a steward's task, or done at once."""

    REVIEW = "review"
    AUTO = "auto"
