"""Whom a register has for a number, beside whom the golden record names. Shown as evidence, never taken over. Pure."""

from enum import StrEnum

from matching.standardize.organization import split_legal_form
from matching.standardize.text import standardize_text


class Agreement(StrEnum):
    """How far two names agree. `PARTLY`: one has all the words of the other, and more."""

    SAME = "same"
    PARTLY = "partly"
    DIFFERS = "differs"


def agreement(told: str, *names: str) -> Agreement | None:
    """How far a register's name agrees with the best of the golden record's, without legal forms.

    None where either side has no name.
    """
    theirs, ours = _words(told), [words for name in names if (words := _words(name))]
    if not theirs or not ours:
        return None
    if theirs in ours:
        return Agreement.SAME
    return Agreement.PARTLY if any(words < theirs or theirs < words for words in ours) else Agreement.DIFFERS


def _words(name: str) -> frozenset[str]:
    plain = standardize_text(name)
    return frozenset((split_legal_form(plain)[0] or plain).split())
