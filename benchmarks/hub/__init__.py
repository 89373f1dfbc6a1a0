"""A hub filled with invented customers in bulk, to measure single calls on."""
