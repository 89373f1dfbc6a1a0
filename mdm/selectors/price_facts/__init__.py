"""What prices depend on, read for many questions at once: as known now, or as known at a feed position."""

from mdm.selectors.price_facts.reading import Asked, Prepared, prepared_questions

__all__ = ["Asked", "Prepared", "prepared_questions"]
