"""Reading how deliveries and pulls stand."""
