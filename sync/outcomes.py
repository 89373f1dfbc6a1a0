"""What a target's answer means for a delivery, whatever the system calls it."""

from enum import StrEnum


class Outcome(StrEnum):
    """The outcome class of one attempt."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    AUTH = "auth"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"
    GONE = "gone"


CONFIRMED = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})
# About the target as a whole: the stream waits with it, and no attempt of its own is used up.
OF_THE_TARGET = frozenset({Outcome.AUTH, Outcome.THROTTLED})
# Sending the same again will not help: a person must look.
FINAL = frozenset({Outcome.REJECTED, Outcome.AMBIGUOUS, Outcome.GONE})
# What speaks against the target's health; a refused record does not.
UNHEALTHY = frozenset({Outcome.AUTH, Outcome.TRANSIENT, Outcome.UNKNOWN})
