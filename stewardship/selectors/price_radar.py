"""Findings of the price radar as people read them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from mdm.models import RadarFinding
from mdm.value_texts import price_text

Details = Mapping[str, Any]  # JSON, as the kind of finding told it


def words_of(finding: RadarFinding) -> str:
    """What beside its days there is to know about a finding, in a line; empty for nothing."""
    tell = _WORDS.get(finding.kind)
    return tell(finding.details) if tell else ""


def _gap(details: Details) -> str:
    return _("then %(agreement)s") % {"agreement": details["then_agreement"]}


def _successor(details: Details) -> str:
    return _("replaced by %(product)s") % {"product": details["successor"]}


def _buyer(details: Details) -> str:
    if "system" in details:
        return _("%(system)s made it for a duplicate of its own of %(buyer)s") % dict(details)
    return str(details["buyer"])


def _overlap(details: Details) -> str:
    return _("%(lines)s lines against %(other)s") % dict(details)


def _difference(details: Details) -> str:
    return "; ".join(f"{name}: {_said(said)}" for name, said in sorted(details["said"].items(), key=_hub_first))


def _hub_first(said: tuple[str, object]) -> tuple[bool, str]:
    return said[0] != "hub", said[0]


def _said(said: Details | None) -> str:
    """A price with its breaks and end, or that there is none."""
    if said is None:
        return _("no such line")
    breaks = ", ".join(f"{quantity} → {value}" for quantity, value in said.get("breaks", ()))
    slices = _(" by slice") if said.get("break_mode") == "slice" else ""
    end = _(" until %(day)s") % {"day": said["valid_to"]} if said.get("valid_to") else ""
    return f"{price_text(said)}{f' ({breaks}{slices})' if breaks else ''} {said.get('currency', '')}{end}".strip()


_WORDS: Mapping[str, Callable[[Details], str]] = {
    "gap": _gap,
    "replaced_product": _successor,
    "buyer": _buyer,
    "overlap": _overlap,
    "difference": _difference,
}
