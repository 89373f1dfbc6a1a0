"""E-mail addresses, phones and web sites."""

from __future__ import annotations

from rapidfuzz.distance import OSA, JaroWinkler

from matching.comparators.kinds import INCOMPARABLE, LeveledComparator, comparators
from matching.comparators.value_columns import email_levels, phone_levels
from matching.standardize.contact import NATIONAL_DIGITS, is_free_mail
from matching.standardize.kinds import Cell


def email_level(left: Cell, right: Cell) -> int:
    """exact, same local part, close, same own domain, differs."""
    if left == right:
        return 0
    local_l, _, domain_l = str(left).partition("@")
    local_r, _, domain_r = str(right).partition("@")
    if local_l == local_r and len(local_l) > 4:
        return 1
    if (
        domain_l == domain_r
        and OSA.distance(local_l, local_r, score_cutoff=2) <= 2
        and min(len(local_l), len(local_r)) > 4
    ):
        return 2
    if local_l != local_r and JaroWinkler.similarity(local_l, local_r) >= 0.92 and min(len(local_l), len(local_r)) > 4:
        return 2
    return 3 if domain_l == domain_r and not is_free_mail(domain_l) else 4


def phone_level(left: Cell, right: Cell) -> int:
    """exact, local (a number without area code), slip (one digit), differs."""
    if left == right:
        return 0
    first, second = sorted((str(left), str(right)), key=len)
    if len(first) < NATIONAL_DIGITS and second.endswith(first):
        return 1
    return 2 if OSA.distance(first, second, score_cutoff=1) <= 1 else 3


def website_level(left: Cell, right: Cell) -> int:
    """exact, same host, similar host, differs."""
    if left == right:
        return 0
    host_l, host_r = str(left).partition("/")[0], str(right).partition("/")[0]
    if host_l == host_r:
        return 1
    name_l, name_r = host_l.split("."), host_r.split(".")
    if name_l[0] == name_r[0] or name_l[-2:] == name_r[-2:]:
        return 2
    return 2 if JaroWinkler.similarity(host_l, host_r) >= 0.92 else 3


def exact_level(left: Cell, right: Cell) -> int:
    """exact, differs."""
    return INCOMPARABLE if not left or not right else int(left != right)


def code_level(left: Cell, right: Cell) -> int:
    """exact, slip (one character wrong or two exchanged), differs."""
    if left == right:
        return 0
    return 1 if min(len(left), len(right)) >= 5 and OSA.distance(str(left), str(right), score_cutoff=1) <= 1 else 2


comparators.register("email")(
    LeveledComparator(("exact", "same_local_part", "close", "same_domain", "differs"), email_level, email_levels)
)
comparators.register("phone")(LeveledComparator(("exact", "local", "slip", "differs"), phone_level, phone_levels))
comparators.register("website")(LeveledComparator(("exact", "same_host", "similar", "differs"), website_level))
comparators.register("exact")(LeveledComparator(("exact", "differs"), exact_level))
comparators.register("code")(LeveledComparator(("exact", "slip", "differs"), code_level))
