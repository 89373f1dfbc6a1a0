"""Golden versions out: planned into streams, rendered, delivered, acknowledged."""
