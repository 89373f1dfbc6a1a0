"""What a merge would move, change and bring into conflict: found by merging, and taken back."""

from mdm.services.consequences.differences import Consequence, Effect
from mdm.services.consequences.merging import MergeConsequences, merge_consequences

__all__ = ["Consequence", "Effect", "MergeConsequences", "merge_consequences"]
