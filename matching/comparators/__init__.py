"""Comparators: each grades one attribute of two records in levels. Rules name them; one module adds one."""

from matching.comparators import (
    addresses,
    agreements,
    birth_date,
    contacts,
    geo,
    name_scripts,
    name_words,
    person_names,
    products,
    tax_id,
    titles,
)
from matching.comparators.kinds import INCOMPARABLE, Comparator, Grades, TokenWeights, comparators

__all__ = [
    "INCOMPARABLE",
    "Comparator",
    "Grades",
    "TokenWeights",
    "addresses",
    "agreements",
    "birth_date",
    "comparators",
    "contacts",
    "geo",
    "name_scripts",
    "name_words",
    "person_names",
    "products",
    "tax_id",
    "titles",
]
