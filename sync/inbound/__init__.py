"""Other systems' records in: pulled after a checkpoint, compared on a schedule."""
