"""The rule set of an entity type: match, ownership, survivorship, quality and approval, as one versioned document."""
