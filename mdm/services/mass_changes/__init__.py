"""One change of many pricing agreements: rehearsed, consented to, applied and undone as a whole."""
