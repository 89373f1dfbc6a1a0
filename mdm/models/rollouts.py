from django.db import models
from django.db.models import F, Q

from mdm.fields import JSONField
from mdm.models.rules import RuleSet
from mdm.models.source import SourceRecord
from mdm.public_ids import public_id

ID_PREFIX = "ROL"


class RolloutKind(models.TextChoices):
    PUBLISH = "publish", "Publish"
    ROLL_BACK = "roll_back", "Roll back"


class RolloutPhase(models.TextChoices):
    """In `matching` the former rules are in force, and pairs under the next ones are made beside; then these are."""

    MATCHING = "matching", "Matching"
    REGROUPING = "regrouping", "Regrouping"
    REBUILDING = "rebuilding", "Rebuilding"


class RolloutState(models.TextChoices):
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FAILED = "failed", "Failed"
    FINISHED = "finished", "Finished"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_STATES = (RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.FAILED)


class Rollout(models.Model):
    """Rules becoming true: one id over the committed batches that bring golden records to a rule set version.

    `done` of `total` counts source records while matching and regrouping, golden records while rebuilding; what
    arrivals brought along is added at the end of the phase. `cursor` is the last golden record that was rebuilt,
    `up_to` the last that was there when the rules came into force. `withdrawn`: rolled back before its end.
    """

    entity_type = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=RolloutKind)
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="rollouts")
    former = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    rolls_back = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="rolled_back_by"
    )
    state = models.CharField(max_length=12, choices=RolloutState, default=RolloutState.RUNNING)
    phase = models.CharField(max_length=12, choices=RolloutPhase)
    total = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    up_to = models.BigIntegerField(default=0)
    pairs = models.PositiveBigIntegerField(default=0, help_text="Pairs that were scored under the next rules.")
    golden_versions = models.PositiveBigIntegerField(default=0)
    held = models.PositiveBigIntegerField(default=0, help_text="Regroupings that wait for a steward.")
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    correlation_id = models.UUIDField(unique=True, help_text="Of every golden version and audit entry it makes.")
    error = models.CharField(
        max_length=200, blank=True, help_text="What ended the last batch; empty when it went well."
    )
    started_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(help_text="Its last committed batch.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity_type"], condition=Q(state="running"), name="entity_type_has_one_running_rollout"
            ),
            models.CheckConstraint(condition=~Q(rule_set=F("former")), name="rollout_leads_to_another_version"),
            models.CheckConstraint(
                condition=Q(kind="roll_back", rolls_back__isnull=False) | (~Q(kind="roll_back") & Q(rolls_back=None)),
                name="only_rolling_back_names_another_rollout",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["finished", "withdrawn"], ended_at__isnull=False)
                | (~Q(state__in=["finished", "withdrawn"]) & Q(ended_at=None)),
                name="rollout_that_ended_says_when",
            ),
        ]
        indexes = [models.Index(fields=["entity_type"], condition=Q(ended_at=None), name="open_rollouts")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Such as ROL-0000012-7."""
        return public_id(ID_PREFIX, self.pk)

    @property
    def is_open(self) -> bool:
        """Whether it has batches left."""
        return self.state in OPEN_STATES


class RolloutRecord(models.Model):
    """A source record that a rollout has yet to regroup; the row goes when it has. `matched`: its pairs are staged."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="records")
    source_record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="+", db_index=False)
    matched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_record", "rollout"], name="rollout_has_a_record_once"),
        ]
        indexes = [
            models.Index(fields=["rollout", "source_record"], name="rollout_records_in_order"),
            models.Index(
                fields=["rollout", "source_record"], condition=Q(matched=False), name="rollout_records_to_match"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_record_id} in {self.rollout_id}"


class RolloutPair(models.Model):
    """A candidate pair under rules that are not in force yet, or whose records have yet to be regrouped.

    It becomes a `CandidatePair` in the transaction that regroups its records.
    """

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="+", db_index=False)
    left = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="+", db_index=False)
    right = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="+", db_index=False)
    weight_bits = models.FloatField()
    probability = models.FloatField()
    vetoed = models.BooleanField()
    explanation = JSONField()
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right", "rollout"], name="pair_is_staged_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="staged_pair_is_ordered"),
        ]
        indexes = [models.Index(fields=["right", "rollout"], name="staged_pairs_by_right")]

    def __str__(self) -> str:
        return f"{self.left_id} and {self.right_id} in {self.rollout_id}"
