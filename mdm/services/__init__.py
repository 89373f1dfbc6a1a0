"""Changes of state: each an atomic function that writes its own audit entries."""
