"""What a person asks for, as texts of a form, a request or a command: parsed whole, refused in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from mdm.decimals import canonical_decimal
from mdm.errors import MdmError
from mdm.pricing.renewing import Renewal, Rounding
from mdm.selectors.mass_changes import Selection

_DATES = {"begins", "ends", "ending_by"}
_LARGEST = Decimal(1_000_000)


class UnclearMassChange(MdmError):
    """The selection or the change cannot be read."""

    code = "unclear_mass_change"


def asked_selection(said: Mapping[str, Any]) -> Selection:
    """The selection; lists are lists of texts. Any: JSON, or what a form sent. Raises UnclearMassChange."""
    known = {each.name: each for each in fields(Selection)}
    _refuse_unknown(said, known)
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name in ("currency", "ending_by"):
            found[name] = _date(name, value) if name in _DATES else _text(name, value).upper()
        elif isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(e, str) for e in value):
            found[name] = tuple(sorted({each.strip() for each in value} - {""}))
        else:
            raise UnclearMassChange(f"{name} is a list of texts.")
    return Selection(**found)


def asked_renewal(said: Mapping[str, Any]) -> Renewal:
    """The change; numbers are texts. Raises UnclearMassChange."""
    _refuse_unknown(said, {each.name: each for each in fields(Renewal)})
    begins, ends = _date("begins", said.get("begins")), _date("ends", said.get("ends"))
    if not begins:
        raise UnclearMassChange("Say from which day on (begins).")
    if ends and ends <= begins:
        raise UnclearMassChange("The new end lies after the day on which the change begins.")
    percent, amount = _number("percent", said.get("percent")), _number("amount", said.get("amount"))
    if percent and amount:
        raise UnclearMassChange("Prices change by a percentage or by an amount, not by both.")
    if percent <= -100:
        raise UnclearMassChange("Prices fall by less than 100 percent.")
    step = _number("step", said.get("step") or "0.01")
    if step <= 0:
        raise UnclearMassChange("The step to round to is above zero.")
    rounding = str(said.get("rounding") or Rounding.NEAREST)
    if rounding not in list(Rounding):
        raise UnclearMassChange(f"rounding is one of {', '.join(Rounding)}.")
    return Renewal(begins, ends, percent, amount, step, Rounding(rounding))


def _refuse_unknown(said: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if unknown := sorted(said.keys() - known.keys()):
        raise UnclearMassChange(f"There is no {', '.join(unknown)}; there are {', '.join(known)}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | None):
        raise UnclearMassChange(f"{name} is a text.")
    return (value or "").strip()


def _date(name: str, value: Any) -> str:
    text = _text(name, value)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise UnclearMassChange(f"{name} is a date such as 2027-01-01.") from None


def _number(name: str, value: Any) -> Decimal:
    text = canonical_decimal(_text(name, value) or "0")
    if text is None or abs(Decimal(text)) > _LARGEST:
        raise UnclearMassChange(f"{name} is a number such as 3 or -0.5.")
    return Decimal(text)
