"""Survivorship: which of the accepted values of the linked source records is the golden one, and why."""
