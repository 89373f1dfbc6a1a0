from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    """What is asked. Each kind has one kind of subject, named here."""

    MATCH_REVIEW = "match_review", _("Possible duplicate")  # candidate pair
    REPARTITION = "repartition", _("Regrouping")  # lowest source record of the component
    DECISION = "decision", _("Decision to look at again")  # reopening condition
    APPROVAL = "approval", _("Approval")  # change request
    PIN = "pin", _("Pinned value")  # attribute pin
    QUARANTINE = "quarantine", _("Quarantine")  # quarantine entry
    DELIVERY = "delivery", _("Delivery")  # stream of `sync`
    QUALITY = "quality", _("Quality")  # golden record
    PRICE_CONFLICT = "price_conflict", _("Price conflict")  # price conflict
    CERTIFICATE = "certificate", _("Certificate")  # certificate notice
    ROLLOUT = "rollout", _("Failed rollout")  # rollout
    MASS_CHANGE = "mass_change", _("Mass change")  # mass change
    PRICE_RADAR = "price_radar", _("Price radar")  # radar group
    HIERARCHY = "hierarchy", _("Hierarchy")  # parent that is held back
    RELOCATION = "relocation", _("Move of a place")  # question about a GLN


class TaskState(models.TextChoices):
    """`DONE` by a person; `WITHDRAWN` because the question went away."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Permission(StrEnum):
    """What a person may do on the stewards' pages, as Django permission names."""

    VIEW = "stewardship.view_hub"
    DECIDE = "stewardship.decide_reviews"
    PROPOSE = "stewardship.propose_changes"
    APPROVE = "stewardship.approve_changes"
    MEND = "stewardship.mend_quarantine"
    NATIONAL_IDS = "stewardship.view_national_ids"


class Task(models.Model):
    """One question for a person. It holds ids of truth kept elsewhere, never truth itself."""

    kind = models.CharField(max_length=16, choices=TaskKind)
    entity_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(help_text="Id of what is asked about; its kind follows from the task's.")
    details = models.JSONField(default=dict, blank=True, help_text="Further ids that the question needs.")
    title = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    weight_bits = models.FloatField(null=True, blank=True, help_text="Match weight; null when none applies.")
    order_bits = models.GeneratedField(
        expression=Coalesce(F("weight_bits"), Value(0.0)), output_field=models.FloatField(), db_persist=True
    )
    priority = models.PositiveSmallIntegerField(help_text="Higher comes first.")
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=Q(state="open"), name="subject_has_one_open_task"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="only_an_open_task_is_not_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "-priority", "-order_bits", "-id"],
                condition=Q(state="open"),
                name="open_tasks_of_a_kind",
            ),
            models.Index(
                fields=["-priority", "-order_bits", "-id"], condition=Q(state="open"), name="open_tasks_in_order"
            ),
        ]
        permissions = [
            ("view_hub", "Can read the stewards' pages"),
            ("decide_reviews", "Can decide match reviews and undo decisions"),
            ("propose_changes", "Can propose attribute changes"),
            ("approve_changes", "Can approve and reject proposed changes"),
            ("mend_quarantine", "Can replay and discard quarantined payloads, repair deliveries"),
            ("view_national_ids", "Can read national ids of persons unmasked"),
        ]

    def __str__(self) -> str:
        return self.title
