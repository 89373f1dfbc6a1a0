"""Mass changes as clients see them."""

from typing import Any

from mdm.api.schemas import MAYBE_TEXT, MAYBE_TIME, NUMBER, TEXT, TIME, Schema, described
from mdm.models import MassChange, MassChangeState

COUNTS: Schema = {"type": "object", "additionalProperties": NUMBER}
FIGURES = described(
    {
        "agreements": NUMBER,
        "changing": {**NUMBER, "description": "Agreements that would say something else."},
        "lines": {**NUMBER, "description": "Lines chosen."},
        "fates": {**COUNTS, "description": "Lines by what becomes of them."},
        "refused": {**NUMBER, "description": "Lines of agreements that the rules keep from changing."},
        "refusals": {"type": "array", "items": {"type": "array", "items": TEXT}},
        "floors": {**COUNTS, "description": "New net prices by how they stand to the floor margin."},
        "newly_violated": {**NUMBER, "description": "Prices under the floor margin that were not before."},
        "gaps": NUMBER,
        "loses": NUMBER,
        "longer_agreements": NUMBER,
        "asked": {**COUNTS, "description": "Values that each owner is asked to take over."},
        "versions": NUMBER,
        "conflicts": {**NUMBER, "description": "Prices of equal rank in other agreements that would differ."},
        "conflict_lines": {"type": "array", "items": {"type": "object"}},
        "messages": {**COUNTS, "description": "Records to be told, by target."},
    }
)
MASS_CHANGE = described(
    {
        "id": TEXT,
        "state": {"type": "string", "enum": list(MassChangeState.values)},
        "selection": {"type": "object"},
        "terms": {"type": "object"},
        "reason": TEXT,
        "figures": FIGURES,
        "payload_hash": TEXT,
        "correlation_id": {**TEXT, "format": "uuid"},
        "waits_for": {"type": "array", "items": TEXT},
        "approved_by": {"type": "array", "items": TEXT},
        "proposed_by": TEXT,
        "rehearsed_at": TIME,
        "submitted_by": MAYBE_TEXT,
        "submitted_at": MAYBE_TIME,
        "decided_by": MAYBE_TEXT,
        "decided_at": MAYBE_TIME,
        "decision_reason": TEXT,
        "undone_by": MAYBE_TEXT,
        "undone_at": MAYBE_TIME,
        "undo_reason": TEXT,
        "kept": {
            "type": "array",
            "items": {"type": "array", "items": TEXT},
            "description": "What undoing left because it was edited later: agreement and line, no line for all of it.",
        },
    }
)
TOLD: dict[str, Any] = {
    "id": "MCH-0000012-7",
    "state": "open",
    "selection": {"customer_groups": ["Electricians"], "ending_by": "2027-01-01"},
    "terms": {"begins": "2027-01-01", "ends": "2028-01-01", "percent": "3", "step": "0.01", "rounding": "nearest"},
    "reason": "Renewal 2027",
    "figures": {
        "agreements": 200,
        "changing": 200,
        "lines": 10000,
        "fates": {"renewed": 9990, "priced_already": 10},
        "refused": 0,
        "refusals": [],
        "floors": {"kept": 9800, "violated": 190},
        "newly_violated": 0,
        "gaps": 0,
        "loses": 0,
        "longer_agreements": 200,
        "asked": {"erp": 400},
        "versions": 200,
        "conflicts": 0,
        "conflict_lines": [],
        "messages": {"CRM": 200, "ERP": 200},
    },
    "payload_hash": "5b" * 32,
    "correlation_id": "3f0b6a4e-0d2c-4a53-9a5b-0f9d5a3f6f0e",
    "waits_for": ["approver"],
    "approved_by": [],
    "proposed_by": "ana",
    "rehearsed_at": "2026-11-25T12:00:00Z",
    "submitted_by": "ana",
    "submitted_at": "2026-11-25T12:05:00Z",
    "decided_by": None,
    "decided_at": None,
    "decision_reason": "",
    "undone_by": None,
    "undone_at": None,
    "undo_reason": "",
    "kept": [],
}


def told_mass_change(change: MassChange) -> dict[str, Any]:
    """As clients see it. `waits_for` names the groups whose consent is missing while it waits."""
    given = {each.place: each.approved_by for each in change.valid_approvals}
    missing = [group for place, group in enumerate(change.consents) if place not in given]
    return {
        "id": change.public_id,
        "state": str(change.state),
        "selection": change.selection,
        "terms": change.terms,
        "reason": change.reason,
        "figures": change.figures,
        "payload_hash": bytes(change.payload_hash).hex(),
        "correlation_id": str(change.correlation_id),
        "waits_for": missing if change.state == MassChangeState.OPEN else [],
        "approved_by": [given[place] for place in sorted(given)],
        "proposed_by": change.proposed_by,
        "rehearsed_at": change.rehearsed_at,
        "submitted_by": change.submitted_by or None,
        "submitted_at": change.submitted_at,
        "decided_by": change.decided_by or None,
        "decided_at": change.decided_at,
        "decision_reason": change.decision_reason,
        "undone_by": change.undone_by or None,
        "undone_at": change.undone_at,
        "undo_reason": change.undo_reason,
        "kept": change.kept,
    }
