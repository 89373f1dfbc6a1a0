"""Lines of a pricing agreement's document: what each prices, when, and which of them meet. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mdm.entity_types.base import Document, JsonValue
from mdm.entity_types.rows import items, key_of, reference_key

Line = Mapping[str, JsonValue]
OF_ONE_LINE = ("line_key", "negotiation", "note")  # what another line made of it does not take along
ALWAYS, NEVER = "", "9999-99-99"  # open ends, which sort before and after every date


@dataclass(frozen=True, slots=True)
class Days:
    """ISO dates, half-open; `ALWAYS` and `NEVER` are open ends. Equal ends hold no day."""

    start: str
    end: str

    def meets(self, other: "Days") -> bool:
        """Whether the two have a day in common."""
        return self.start < other.end and other.start < self.end

    def within(self, other: "Days") -> "Days":
        """The days of both; none where they do not meet."""
        start = max(self.start, other.start)
        return Days(start, max(start, min(self.end, other.end)))


def product_scope(line: Line) -> str:
    """What the line prices: `product:ID`, `category:NAME`, `brand:NAME` or `all`."""
    if line.get("product"):
        return f"product:{reference_key(line['product'])}"
    for name in ("category", "brand"):
        if line.get(name):
            return f"{name}:{line[name]}"
    return "all"


def line_item_key(line: Line) -> str:
    """What makes two systems' lines the same line: product scope, ship-from, unit and start."""
    return key_of(rival_key(line), line.get("valid_from"))


def rival_key(line: Line) -> str:
    """Two lines of one agreement with the same product scope, ship-from and unit may share no day."""
    return key_of(product_scope(line), reference_key(line.get("ship_from")), line.get("unit"))


def days_of(document: Document) -> Days:
    """When an agreement, or a line by its own dates, holds."""
    return Days(document.get("valid_from") or ALWAYS, document.get("valid_to") or NEVER)


def line_days(document: Document, line: Line) -> Days:
    """The line's own dates, else the agreement's."""
    own, whole = days_of(line), days_of(document)
    return Days(own.start or whole.start, whole.end if own.end == NEVER else own.end)


def lines_with_rivals(document: Document) -> Iterator[tuple[str, Line, str]]:
    """Each line with its key, and the key of the earlier line it overlaps, or nothing.

    Of lines that price one scope at overlapping times the first by line key is in force. Where there is a rival the
    first of the three is the rival's key, and the last the line's own.
    """
    in_force: dict[str, list[tuple[str, Days]]] = {}
    for key, line in sorted({line_item_key(line): line for line in items(document, "lines")}.items()):
        days = line_days(document, line)
        earlier = in_force.setdefault(rival_key(line), [])
        rival = next((other for other, its in earlier if days.meets(its)), "")
        if not rival:
            earlier.append((key, days))
        yield rival or key, line, key if rival else ""


def lines_in_force(document: Document) -> Iterator[tuple[str, Line]]:
    """The lines that price what no earlier one of the agreement does, by key."""
    return ((key, line) for key, line, rival in lines_with_rivals(document) if not rival)


def overlapping_lines(document: Document) -> list[tuple[str, str]]:
    """Pairs of line keys that price one scope at overlapping times; the first of each pair is the one in force."""
    return [(key, rival) for key, _, rival in lines_with_rivals(document) if rival]
