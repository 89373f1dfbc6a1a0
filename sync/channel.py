"""The name under which PostgreSQL tells the relay that golden versions were committed."""

CHANNEL = "assay_outbox"
