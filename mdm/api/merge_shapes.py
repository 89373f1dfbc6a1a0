"""Consequences and plans as clients see them, with their schemas."""

from typing import Any

from mdm.api.schemas import MAYBE_TEXT, TEXT, Schema, described
from mdm.services.consequences import Effect, MergeConsequences
from mdm.services.unmerging import LineKind, Plan, Why

DECIDED = {"unit": "6c2f0f2e-8f83-4a86-a9a2-0d4d5f9f1c11", "golden_ids": ["CUS-0000123-5"]}
CONSEQUENCES = {
    "survivor": "CUS-0000123-5",
    "goes": ["CUS-0000124-3"],
    "consequences": [
        {
            "effect": "child",
            "golden_id": "PAG-0000007-1",
            "entity_type": "pricing_agreement",
            "about": "A-77 Cables",
            "attribute": "customer",
            "old": "CUS-0000124-3",
            "new": "CUS-0000123-5",
        }
    ],
}
PLAN = {
    "unit": DECIDED["unit"],
    "entity_type": "customer",
    "survivor": "CUS-0000123-5",
    "divides": True,
    "keep_apart": False,
    "state": "5b5b5b5b5b5b5b5b",
    "sides": [{"key": "CUS-0000123-5", "title": "Nordwind GmbH"}, {"key": "CUS-0000124-3", "title": "Nordwind AG"}],
    "lines": [
        {
            "key": "record:17",
            "kind": "record",
            "about": "erp:0000100425",
            "attribute": "",
            "golden_id": "",
            "value": None,
            "former": None,
            "said_by": "",
            "default": "CUS-0000124-3",
            "choice": "CUS-0000124-3",
            "choices": ["CUS-0000123-5", "CUS-0000124-3"],
            "why": "stood_there",
        }
    ],
}


def told_consequences(found: MergeConsequences) -> dict[str, Any]:
    """What a merge would come to."""
    return {
        "survivor": found.survivor,
        "goes": list(found.goes),
        "consequences": [
            {
                "effect": str(each.effect),
                "golden_id": each.golden_id,
                "entity_type": each.entity_type,
                "about": each.about,
                "attribute": each.attribute,
                "old": each.old,
                "new": each.new,
            }
            for each in found.consequences
        ],
    }


def told_plan(plan: Plan) -> dict[str, Any]:
    """An unmerge plan."""
    return {
        "unit": plan.unit,
        "entity_type": plan.entity_type,
        "survivor": plan.survivor,
        "divides": plan.divides,
        "keep_apart": plan.keep_apart,
        "state": plan.state,
        "sides": [{"key": side.key, "title": side.title} for side in plan.sides],
        "lines": [
            {
                "key": line.key,
                "kind": str(line.kind),
                "about": line.about,
                "attribute": line.attribute,
                "golden_id": line.golden_id,
                "value": line.value,
                "former": line.former,
                "said_by": line.said_by,
                "default": line.default,
                "choice": line.choice,
                "choices": list(line.choices),
                "why": str(line.why),
            }
            for line in plan.lines
        ],
    }


MATCH_DECISION: Schema = described(
    {
        "unit": {"type": "string", "format": "uuid", "description": "Takes it back."},
        "golden_ids": {"type": "array", "items": TEXT, "description": "What holds the records now."},
    }
)
CONSEQUENCE: Schema = described(
    {
        "effect": {"type": "string", "enum": [str(each) for each in Effect]},
        "golden_id": {**TEXT, "description": "Whose it is."},
        "entity_type": TEXT,
        "about": TEXT,
        "attribute": TEXT,
        "old": {"description": "What is; null for nothing."},
        "new": {"description": "What would be; null for nothing."},
    }
)
MERGE_CONSEQUENCES: Schema = described(
    {
        "survivor": {**TEXT, "description": "Id that goes on."},
        "goes": {"type": "array", "items": TEXT, "description": "Ids that would lead there."},
        "consequences": {"type": "array", "items": CONSEQUENCE},
    }
)
PLAN_LINE: Schema = described(
    {
        "key": {**TEXT, "description": "Names the line in `choices`."},
        "kind": {"type": "string", "enum": [str(each) for each in LineKind]},
        "about": TEXT,
        "attribute": TEXT,
        "golden_id": {**TEXT, "description": "Golden record that refers here; empty for what belongs to the sides."},
        "value": {"description": "What it says."},
        "former": {"description": "Of an edit: what was there when the merge was made."},
        "said_by": TEXT,
        "default": {**TEXT, "description": "Side it goes to unless chosen otherwise, `both` or `end`."},
        "choice": TEXT,
        "choices": {"type": "array", "items": TEXT},
        "why": {"type": "string", "enum": [str(each) for each in Why]},
    }
)
UNMERGE_PLAN: Schema = described(
    {
        "unit": {"type": "string", "format": "uuid"},
        "entity_type": TEXT,
        "survivor": TEXT,
        "divides": {"type": "boolean", "description": "False where matching itself would leave them together."},
        "keep_apart": {"type": "boolean"},
        "state": {**TEXT, "description": "The ETag: what the plan was made from."},
        "sides": {
            "type": "array",
            "items": described({"key": {**TEXT, "description": "A golden id, or `new-1`."}, "title": TEXT}),
        },
        "lines": {"type": "array", "items": PLAN_LINE},
        "undone_by": {**MAYBE_TEXT, "description": "After applying: takes back the decisions the plan made."},
    },
    required=("unit", "entity_type", "survivor", "divides", "keep_apart", "state", "sides", "lines"),
)
MERGE_COMPONENTS = {
    "MatchDecision": MATCH_DECISION,
    "MergeConsequences": MERGE_CONSEQUENCES,
    "UnmergePlan": UNMERGE_PLAN,
}
