"""Merges taken back at any later time: a plan for what came since, made and applied by the same code."""

from mdm.services.unmerging.applying import Unmerged, unmerge
from mdm.services.unmerging.plan import BOTH, END, Line, LineKind, Plan, Side, Why
from mdm.services.unmerging.planning import unmerge_plan
from mdm.services.unmerging.splitting import Split, split, split_plan

__all__ = [
    "BOTH",
    "END",
    "Line",
    "LineKind",
    "Plan",
    "Side",
    "Split",
    "Unmerged",
    "Why",
    "split",
    "split_plan",
    "unmerge",
    "unmerge_plan",
]
