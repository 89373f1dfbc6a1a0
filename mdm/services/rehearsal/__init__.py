"""What a draft rule set would do, computed on one snapshot by the functions that settle, without touching anything."""

from mdm.services.rehearsal.running import Outcome, rehearse

__all__ = ["Outcome", "rehearse"]
