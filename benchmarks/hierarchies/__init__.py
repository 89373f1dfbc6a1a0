"""A hub full of customers in trees, to measure what a roll-up costs."""
