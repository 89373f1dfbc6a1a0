"""What starts, watches and stops the programs the hub runs on. Knows nothing of Django."""
