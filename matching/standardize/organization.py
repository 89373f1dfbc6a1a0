"""Names of organizations: the legal form apart from the name, and the kind of party a record is."""

from __future__ import annotations

import re
from functools import lru_cache

from cleanco import typesources

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.person import is_given_name
from matching.standardize.text import distinct, standardize_text

_TERMS = [
    (standardize_text(meaning).replace(" ", "_"), standardize_text(form)) for meaning, form in sorted(typesources())
]
_LEGAL_FORMS = (
    {tuple(form.split()): meaning for meaning, form in _TERMS if form}
    # Undotted, "s.l." is written "SL".
    | {(form.replace(" ", ""),): meaning for meaning, form in _TERMS if len(form.replace(" ", "")) > 1}
    | {(form,): "corporation" for form in ("inc", "incorporated", "corp", "corporation", "co", "company")}
)
LAST_WORDS_OF_FORMS = frozenset(form[-1] for form in _LEGAL_FORMS)
SHORT_FORMS = frozenset(
    form[0] for form in _LEGAL_FORMS if len(form) == 1 and not any(f[-1] == form[0] for f in _LEGAL_FORMS if len(f) > 1)
)
"""Forms of one word that no longer form ends in."""
PERSON, ORGANIZATION = "person", "organization"
_PERSON_STARTS = frozenset(["per", "ind", "con", "pri"])
_ORGANIZATION_STARTS = frozenset(["org", "com", "bus", "leg", "acc"])
_LONGEST_FORM = max(len(form) for form in _LEGAL_FORMS)
_DOTTED = re.compile(r"\b((?:\w\.){2,})")
_ORGANIZATION_WORDS = frozenset(
    [
        "bank",
        "hotel",
        "university",
        "school",
        "college",
        "hospital",
        "church",
        "group",
        "holding",
        "holdings",
        "services",
        "service",
        "systems",
        "solutions",
        "industries",
        "international",
        "foundation",
        "institute",
        "association",
        "club",
        "center",
        "centre",
        "restaurant",
        "cafe",
        "store",
        "shop",
        "market",
        "trading",
        "logistics",
        "insurance",
        "software",
        "electronics",
        "consulting",
        "partners",
        "ministry",
        "department",
        "agency",
        "council",
        "city",
        "university",
        "party",
        "league",
        "airlines",
        "airport",
        "television",
        "radio",
        "channel",
        "network",
        "union",
        "federation",
        "committee",
    ]
)


@lru_cache(maxsize=200_000)
def split_legal_form(name: str) -> tuple[str, str]:
    """The name's words without a trailing legal form, and that form ("" when there is none)."""
    undotted = _DOTTED.sub(lambda found: found.group(1).replace(".", "") + " ", name)
    words = standardize_text(undotted.replace("&", " and ")).split()
    form = ""
    while len(words) > 1:
        tail = next((tuple(words[-n:]) for n in range(min(_LONGEST_FORM, len(words) - 1), 0, -1)
                     if tuple(words[-n:]) in _LEGAL_FORMS), None)  # fmt: skip
        if tail is None:
            break
        form = _LEGAL_FORMS[tail]
        words = words[: -len(tail)]
    if len(words) > 1 and words[-1] == "and":
        words = words[:-1]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(words), form


@standardizers.register("organization_name")
def organization_name_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Name without legal form, from the first attribute that has any value."""
    for alternatives in values:
        if alternatives:
            return distinct([split_legal_form(each)[0] for each in alternatives])
    return ()


@standardizers.register("party_kind")
def party_kind_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """`person` or `organization`, as stated, else judged from the names.

    Attributes: kind, organization_name, given_name, family_name, date_of_birth, name.
    """
    kind, organization, given, family, birth, full = values
    if said := next(filter(None, map(stated_kind, kind)), None):
        return (said,)
    if organization:
        return (ORGANIZATION,)
    if given or family:
        return (PERSON,)
    return (_kind_of_name(full[0] if full else "", has_birth_date=bool(birth)),)


def stated_kind(value: str) -> str | None:
    """What a stated kind means; None for a word that nobody knows."""
    start = standardize_text(value)[:3]
    if start in _PERSON_STARTS:
        return PERSON
    return ORGANIZATION if start in _ORGANIZATION_STARTS else None


def _kind_of_name(name: str, *, has_birth_date: bool) -> str:
    core, form = split_legal_form(name)
    words = core.split()
    if form or _ORGANIZATION_WORDS.intersection(words):
        return ORGANIZATION
    if has_birth_date or not name:
        return PERSON
    if "," in name and len(words) in (2, 3):
        return PERSON
    return PERSON if 2 <= len(words) <= 3 and is_given_name(words[0]) and words[-1].isalpha() else ORGANIZATION
