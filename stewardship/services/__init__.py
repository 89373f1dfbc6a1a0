"""What stewards and events do to tasks."""
