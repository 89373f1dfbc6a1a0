"""A hub full of agreements, to measure what a price costs."""
