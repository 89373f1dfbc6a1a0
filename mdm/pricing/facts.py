"""What a price is resolved from: the question, the parties, the product, and every line that might answer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

IN_FORCE = frozenset({"", "active"})  # a status that nobody told does not keep an agreement from holding


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to the day before `end`; None is an open side. Equal ends hold on no day."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is inside."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Party:
    """Who buys, as known for the day: golden ids; `ancestors` from the parent upward in the legal tree."""

    customer: str = ""
    ship_to: str = ""
    ancestors: tuple[str, ...] = ()
    group: str = ""
    price_class: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One `unit` is `base_units` of the product's base unit."""

    unit: str
    base_units: Fraction
    valid: Window = Window()


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known of a product. `list_price` and `cost` are for one base unit; None where nobody told them.

    `category` is a path from the broadest, joined by ` > `. `is_active` is false for one that is retired or not known.
    """

    product: str
    is_active: bool = True
    base_unit: str = ""
    category: str = ""
    brand: str = ""
    list_price: Decimal | None = None
    list_price_currency: str = ""
    cost: Decimal | None = None
    cost_currency: str = ""
    successor: str = ""
    conversions: tuple[Conversion, ...] = ()

    def ratio(self, unit: str, other: str, day: date) -> Fraction | None:
        """How many `other` one `unit` is on that day; None where no conversion is known."""
        if unit == other:
            return Fraction(1)
        size, other_size = self._base_units(unit, day), self._base_units(other, day)
        return None if size is None or other_size is None else size / other_size

    def _base_units(self, unit: str, day: date) -> Fraction | None:
        if unit == self.base_unit:
            return Fraction(1)
        known = [each for each in self.conversions if each.unit == unit and each.valid.holds(day)]
        # Of conversions that overlap the later start counts, then the larger: any order, one answer.
        latest = max(known, key=lambda each: (each.valid.start or date.min, each.base_units), default=None)
        return None if latest is None else latest.base_units


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a quantity of a product on a day, in a currency.

    `unit` is never empty unless the product has no base unit. `ship_from` is a location's golden id, or empty.
    """

    party: Party
    product: str
    quantity: Fraction
    unit: str
    currency: str
    on: date
    ship_from: str = ""


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """The terms of an agreement. `number` is its primary key, which ends ties; a higher `precedence` wins.

    `floor_margin` is percent of the price.
    """

    number: int
    agreement: str
    status: str
    scope_kind: str
    scope: str
    precedence: int
    valid: Window
    floor_margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """From this quantity on, in the line's unit, the line's value is another."""

    quantity_from: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that might answer, under the agreement that brings it in.

    `source` is the agreement that states the line: `agreement` itself, or an ancestor it inherits from, `depth` steps
    up. `value` is an amount for `per` of the unit, or percent. Breaks are in order of quantity.
    """

    agreement: AgreementFacts
    source: AgreementFacts
    depth: int
    line: str
    product_scope: str
    ship_from: str
    unit: str
    currency: str
    method: str
    value: Decimal
    per: Decimal
    slices: bool
    breaks: tuple[Break, ...]
    valid: Window

    @property
    def statement(self) -> tuple[object, ...]:
        """What it says a thing costs. Two lines of one statement are no conflict."""
        slices = self.slices and bool(self.breaks)
        return self.method, self.value, self.per, self.unit, self.currency, slices, self.breaks


def categories_of(path: str) -> tuple[str, ...]:
    """A category and those it lies in, deepest first: `Cables > Power` lies in `Cables`."""
    parts = path.split(" > ") if path else []
    return tuple(" > ".join(parts[:depth]) for depth in range(len(parts), 0, -1))


def product_scopes(product: ProductFacts) -> tuple[str, ...]:
    """What a line may name to price the product, the most special first."""
    categories = tuple(f"category:{name}" for name in categories_of(product.category))
    brands = (f"brand:{product.brand}",) if product.brand else ()
    return (f"product:{product.product}", *categories, *brands, "all")


def party_scopes(party: Party) -> tuple[tuple[str, str], ...]:
    """(scope kind, scope) of agreements that may apply, the most special first."""
    named = (
        ("location", party.ship_to),
        ("customer", party.customer),
        *(("customer", ancestor) for ancestor in party.ancestors),
        ("group", party.group),
        ("price_class", party.price_class),
    )
    return (*((kind, scope) for kind, scope in named if scope), ("everyone", ""))
