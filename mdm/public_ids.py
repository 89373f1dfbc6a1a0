"""Public ids such as CUS-0000123-4: entity prefix, primary key, check digit."""

import re

from mdm.rules.errors import MistypedPublicId

# H. Michael Damm, "Total anti-symmetrische Quasigruppen", 2004: catches every wrong digit and every swap of neighbors.
# Leading zeros leave the digit alone, so ids may grow past seven digits without changing.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_SHAPE = re.compile(r"([A-Z]{2,5})-([0-9]{7,18})-([0-9])")


def public_id(prefix: str, pk: int) -> str:
    """The public id of that row of the entity type with that prefix. `pk` is positive."""
    digits = f"{pk:07d}"
    return f"{prefix}-{digits}-{_check_digit(digits)}"


def parse_public_id(text: str) -> tuple[str, int]:
    """Prefix, in capitals, and primary key; letter case and surrounding blanks do not matter.

    Raises MistypedPublicId, which says what is wrong. Whether the record exists is not asked.
    """
    found = _SHAPE.fullmatch(text.strip().upper())
    if found is None:
        raise MistypedPublicId("an id has the form CUS-0000123-4: letters, at least seven digits, one check digit")
    prefix, digits, check = found.groups()
    if _check_digit(digits) != check:
        raise MistypedPublicId("the check digit does not fit the number; a digit is mistyped or two are swapped")
    if public_id(prefix, int(digits)) != found.group() or int(digits) == 0:
        raise MistypedPublicId("the number is padded to seven digits and is never zero")
    return prefix, int(digits)


def _check_digit(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim
