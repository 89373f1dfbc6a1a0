"""What the stewards' pages read."""
