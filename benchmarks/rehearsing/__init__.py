"""A rehearsal measured: a hub of invented customers in a database of its own, two drafts, each in its own process."""
