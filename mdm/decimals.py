"""Decimals as texts: one spelling for each number."""

import re
from decimal import Decimal

# Far beyond any price or weight, and still short after an exponent.
_MOST_DIGITS = 30
# ASCII digits only: `\d` and Decimal would both take Arabic ones.
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")


def canonical_decimal(text: str) -> str | None:
    """The shortest plain spelling, `-0` as `0`; None when the text is no decimal number."""
    if not _PLAIN.fullmatch(text):
        return None
    plain = format(Decimal(text), "f")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if len(whole) + len(fraction) > _MOST_DIGITS:
        return None
    number = f"{whole}.{fraction}" if fraction else whole
    return number if number == "0" else sign + number


def canonical_amount(text: str) -> str | None:
    """The canonical decimal with at least two decimals, as amounts of money are written; None for no number."""
    number = canonical_decimal(text)
    if number is None:
        return None
    whole, _, fraction = number.partition(".")
    return f"{whole}.{fraction:0<2}"
