"""Random small universes: a few words for every attribute, so that links, reviews and conflicts do happen."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.builders import SYSTEMS, Payload, a_customer, the_same_customer

FULL = os.environ.get("ASSAY_LAWS") == "full"

# Few and the same examples on every run; ASSAY_LAWS=full looks long and elsewhere each time.
LAWS = settings(
    max_examples=150 if FULL else 5,
    stateful_step_count=30 if FULL else 8,
    derandomize=not FULL,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=FULL,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One payload of one system."""

    system: str
    payload: Payload

    @property
    def name(self) -> str:
        return f"{self.system}:{self.payload['id']}"


ADDRESSES = (
    {"street": "Hafenstrasse", "house_number": "12", "city": "Hamburg", "postcode": "20457", "country": "DE"},
    {"street": "Hafenstr.", "house_number": "12", "city": "Hamburg", "postcode": "20457", "country": "DE"},
    {"street": "Lindenallee", "house_number": "3", "city": "Bremen", "postcode": "28195", "country": "DE"},
)
KEYS = ("1", "2", "3", "4")


def sayings(key: str) -> st.SearchStrategy[Payload]:
    """What a system may say of its record with that key."""
    return st.builds(
        lambda address, **fields: a_customer(key, **address, **fields),
        address=st.sampled_from([{}, *ADDRESSES]),
        name=st.sampled_from(["Nordlicht Handel GmbH", "Nordlicht Handel", "Nordlicht Logistik GmbH"]),
        phone=st.sampled_from([None, "+49401234567", "+49421765432"]),
        email=st.sampled_from([None, "info@nordlicht.example", "kontakt@nordlicht.example"]),
        vat=st.sampled_from([None, "DE136695976", "DE811569869"]),
        website=st.sampled_from([None, "https://nordlicht.example", "https://logistik.example"]),
        tier=st.sampled_from([None, "silver", "gold"]),
        parent=st.sampled_from([None, *KEYS]),
        modified=st.sampled_from(["2026-01-05T08:00:00Z", "2026-02-05T08:00:00Z"]),
    )


def tellings(system: str | None = None) -> st.SearchStrategy[Told]:
    """One payload of one of the systems, or of the one given."""
    systems = st.sampled_from(SYSTEMS) if system is None else st.just(system)
    return st.builds(Told, systems, st.sampled_from(KEYS).flatmap(sayings))


def universes(least: int = 4, most: int = 8) -> st.SearchStrategy[list[Told]]:
    """Some records of both systems, each told once."""
    return st.lists(tellings(), min_size=least, max_size=most, unique_by=lambda told: told.name)


def a_stranger(key: str, **fields: str) -> Payload:
    """Of one company with every record whose key begins alike, and of none with the others."""
    company = int(key[0])
    words = ("Nordlicht", "Zementwerk", "Kiesgrube", "Backstube")
    return the_same_customer(
        key,
        name=f"{words[company]} {('Handel', 'Ost', 'West', 'Mitte')[company]} GmbH",
        phone=f"+4940{company}234567",
        email=f"info@{words[company].lower()}.example",
        street=("Hafenstrasse", "Am Kai", "Lindenallee", "Ring")[company],
        city=("Hamburg", "Ulm", "Bremen", "Kiel")[company],
        postcode=("20457", "89073", "28195", "24103")[company],
        vat=("DE136695976", "DE811569869", "DE129274202", "DE143593636")[company],
        **fields,
    )


@st.composite
def arrivals(draw: Callable[[st.SearchStrategy[Any]], Any], universe: list[Told]) -> list[list[Told]]:
    """The universe in any order and any batches; some records say something else first."""
    earlier = [draw(sayings(told.payload["id"])) for told in universe[: draw(st.integers(0, 3))]]
    first = [Told(told.system, payload) for told, payload in zip(universe, earlier, strict=False)]
    order = [*first, *draw(st.permutations(universe))]
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
    return [batch for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True) if (batch := order[start:end])]
