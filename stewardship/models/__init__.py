"""The stewards' own tables. Import models from here."""

from stewardship.models.task import Permission, Task, TaskKind, TaskState

__all__ = ["Permission", "Task", "TaskKind", "TaskState"]
