"""Everything that answers a batch of questions, in as many queries as answer one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from mdm.pricing import Candidate, Party, ProductFacts, Question
from mdm.pricing.facts import party_scopes, product_scopes
from mdm.public_ids import public_id
from mdm.selectors.price_facts.agreements import Applying, applying_agreements, candidate_of, lines_of
from mdm.selectors.price_facts.known import Knowledge, Row
from mdm.selectors.price_facts.parties import parties_of, ship_to_users, survivors_of
from mdm.selectors.price_facts.products import products_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a client asks it, by primary keys of golden records; 0 for none. `unit` empty: the base unit."""

    product: int
    quantity: Fraction
    currency: str
    on: date
    customer: int = 0
    ship_to: int = 0
    ship_from: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question with merged ids led to their survivors, its product, and every line that might answer.

    `ship_to_is_its_own`: whether the customer, or one above it in the legal tree, has goods shipped to the ship-to on
    that day; None where not both are named.
    """

    question: Question
    product: ProductFacts
    candidates: tuple[Candidate, ...]
    ship_to_is_its_own: bool | None = None


Buyer = tuple[int, int, date]  # customer, ship-to, day
Bringing = dict[int, list[tuple[Applying, int]]]  # agreement that states lines → those it counts for, steps down


def prepared_questions(asked: Sequence[Asked], *, position: int | None = None) -> list[Prepared]:
    """The questions in their order, with all that is known at the feed position; None means now."""
    known = Knowledge(position)
    leads = survivors_of({pk for each in asked for pk in _named(each)}, known) | {0: 0}
    asked = [_led(each, leads) for each in asked]
    parties = parties_of({_buyer(each) for each in asked}, known)
    users = ship_to_users({(each.ship_to, each.on) for each in asked if each.ship_to and each.customer}, known)
    products = products_of({each.product for each in asked}, known)
    bringing = _bringing(parties, known)
    wanted = {
        (source, scope)
        for each in asked
        for scope in product_scopes(products[each.product])
        for source in bringing[_buyer(each)]
    }
    lines = lines_of(wanted, known)
    made: dict[tuple[int, int, str], Candidate] = {}
    return [
        Prepared(
            _question(each, parties[_buyer(each)], products[each.product]),
            products[each.product],
            tuple(_candidates(products[each.product], bringing[_buyer(each)], lines, made)),
            _is_its_own(parties[_buyer(each)], users.get((each.ship_to, each.on))),
        )
        for each in asked
    ]


def _is_its_own(party: Party, users: Set[str] | None) -> bool | None:
    return None if users is None or not party.customer else not users.isdisjoint((party.customer, *party.ancestors))


def _named(asked: Asked) -> list[int]:
    return [pk for pk in (asked.product, asked.customer, asked.ship_to, asked.ship_from) if pk]


def _led(asked: Asked, leads: Mapping[int, int]) -> Asked:
    return replace(
        asked,
        product=leads[asked.product],
        customer=leads[asked.customer],
        ship_to=leads[asked.ship_to],
        ship_from=leads[asked.ship_from],
    )


def _buyer(asked: Asked) -> Buyer:
    return asked.customer, asked.ship_to, asked.on


def _question(asked: Asked, party: Party, product: ProductFacts) -> Question:
    return Question(
        party=party,
        product=product.product,
        quantity=asked.quantity,
        unit=asked.unit or product.base_unit,
        currency=asked.currency,
        on=asked.on,
        ship_from=public_id("LOC", asked.ship_from) if asked.ship_from else "",
    )


def _bringing(parties: Mapping[Buyer, Party], known: Knowledge) -> dict[Buyer, Bringing]:
    by_scope: dict[tuple[str, str], list[Applying]] = defaultdict(list)
    every = {scope for party in parties.values() for scope in party_scopes(party)}
    for each in applying_agreements(every, known):
        by_scope[each.facts.scope_kind, each.facts.scope].append(each)
    found: dict[Buyer, Bringing] = {}
    for buyer, party in parties.items():
        sources = found.setdefault(buyer, defaultdict(list))
        for scope in party_scopes(party):
            for agreement in by_scope.get(scope, ()):
                for depth, source in enumerate(agreement.sources):
                    sources[source.number].append((agreement, depth))
    return found


def _candidates(
    product: ProductFacts,
    bringing: Bringing,
    lines: Mapping[str, Sequence[Row]],
    made: dict[tuple[int, int, str], Candidate],
) -> Iterator[Candidate]:
    """Lines that name the product, under each agreement they count for; `made` keeps those of earlier questions."""
    for scope in product_scopes(product):
        for row in lines.get(scope, ()):
            for agreement, depth in bringing.get(row[0], ()):
                key = agreement.facts.number, row[0], row[1]
                if key not in made:
                    made[key] = candidate_of(agreement, depth, row)
                yield made[key]
