"""Reading across tables: functions that return querysets or dataclasses."""
