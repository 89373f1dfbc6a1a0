"""What a person or a schedule asks of deliveries and pulls."""
