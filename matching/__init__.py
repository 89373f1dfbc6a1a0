"""Are these two records the same thing? A pure library: records and rules in, decisions with their evidence out."""
