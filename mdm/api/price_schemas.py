"""JSON Schemas of price questions and answers."""

from mdm.api.schemas import MAYBE_TEXT, NUMBER, TEXT, Schema, described
from mdm.pricing import Outcome, Step
from mdm.pricing.amounts import Floor

_DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
_MAYBE_DECIMAL: Schema = {**_DECIMAL, "type": ["string", "null"]}
_DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_NAME = described({"agreement": TEXT, "line": TEXT})
_TRACE = described(
    {
        "agreement": TEXT,
        "line": TEXT,
        "inherited_from": {**MAYBE_TEXT, "description": "The parent agreement that states the line."},
        "scope_kind": TEXT,
        "scope": TEXT,
        "product_scope": TEXT,
        "ship_from": MAYBE_TEXT,
        "precedence": NUMBER,
        "method": TEXT,
        "value": _DECIMAL,
        "per": _DECIMAL,
        "unit": TEXT,
        "currency": TEXT,
        "valid_from": _MAYBE_DAY,
        "valid_to": _MAYBE_DAY,
        "removed_by": {
            "type": ["string", "null"],
            "enum": [*map(str, Step), None],
            "description": "Null for the line that wins, and for lines in conflict.",
        },
        "reason": MAYBE_TEXT,
    }
)
_PRICE = described(
    {
        "unit_price": {**_DECIMAL, "description": "For one unit asked for, half-up to six digits."},
        "is_exact": {"type": "boolean", "description": "False where six digits do not hold the unit price."},
        "amount": {**_DECIMAL, "description": "For the whole quantity, half-up to the currency's minor digits."},
        "parts": {
            "type": "array",
            "items": described({"quantity": _DECIMAL, "value": _DECIMAL, "break_from": _MAYBE_DECIMAL}),
            "description": "One, or one for each slice.",
        },
        "floor": {"type": "string", "enum": list(map(str, Floor))},
        "margin_percent": _MAYBE_DECIMAL,
    }
)
ANSWER = described(
    {
        "outcome": {"type": "string", "enum": list(map(str, Outcome))},
        "product": TEXT,
        "successor": {**MAYBE_TEXT, "description": "What replaces the product; its price is not this one's."},
        "customer": {**MAYBE_TEXT, "description": "The survivor, where the id asked for was merged."},
        "ship_to": MAYBE_TEXT,
        "ship_to_is_its_own": {
            "type": ["boolean", "null"],
            "description": "Whether the customer, or one above it, ships there on that day; null unless asked.",
        },
        "ship_from": MAYBE_TEXT,
        "quantity": _DECIMAL,
        "unit": TEXT,
        "currency": TEXT,
        "valid_on": _DAY,
        "price": {"anyOf": [_PRICE, {"type": "null"}]},
        "winner": {"anyOf": [_NAME, {"type": "null"}]},
        "conflict": {"type": "array", "items": _NAME, "description": "Lines of equal rank that say different prices."},
        "trace": {"type": "array", "items": _TRACE},
    }
)
_LINE: dict[str, Schema] = {
    "product": {**TEXT, "examples": ["PRO-0000123-4"]},
    "customer": TEXT,
    "ship_to": {**TEXT, "description": "Golden id of the location that goods go to."},
    "ship_from": {**TEXT, "description": "Golden id of the location that goods come from."},
    "quantity": {**_DECIMAL, "default": "1"},
    "unit": {**TEXT, "description": "The product's base unit where nothing is said."},
    "currency": TEXT,
    "valid_on": {**_DAY, "description": "The day the price is for; today by UTC where nothing is said."},
}
KNOWN_AT: Schema = {
    "type": ["integer", "string"],
    "description": "Feed position, or a time with its offset, which stands for the last position before it.",
}
QUESTION = described({**_LINE, "known_at": KNOWN_AT}, required=("product", "currency"))
QUESTIONS = described(
    {
        "lines": {
            "type": "array",
            "items": described(_LINE, required=()),
            "minItems": 1,
            "maxItems": 1000,
            "description": "What a line does not say is taken from beside the list.",
        },
        **_LINE,
        "known_at": KNOWN_AT,
    },
    required=("lines",),
)
COMPONENTS = {"PriceAnswer": ANSWER, "PriceQuestion": QUESTION, "PriceQuestions": QUESTIONS}
