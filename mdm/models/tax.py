from django.db import models
from django.db.models import Q

from mdm.models.golden import GoldenRecord
from mdm.tax.verdicts import Outcome


class TaxVerification(models.Model):
    """One consultation of a register about one number, as evidence. Append-only by grants.

    The number stands as a keyed hash: whoever carries it has the verdict, whatever is loaded, merged or undone.
    """

    number_key = models.BinaryField(max_length=32, help_text="Keyed hash of kind, jurisdiction and number.")
    kind = models.CharField(max_length=30)
    jurisdiction = models.CharField(max_length=10)
    verifier = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value.replace("_", " ")) for each in Outcome])
    code = models.CharField(max_length=60, help_text="The register's own word.")
    spread = models.CharField(max_length=20, blank=True, help_text="How far a reason for not telling reaches.")
    consultation_number = models.CharField(max_length=60, blank=True, help_text="Proves the consultation.")
    checked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="could_not_tell") ^ Q(spread=""), name="only_who_could_not_tell_tells_how_far"
            ),
        ]
        indexes = [models.Index(fields=["number_key", "-checked_at"], name="verifications_of_a_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.jurisdiction} {self.outcome} {self.checked_at}"


class TaxVerificationDetail(models.Model):
    """Whom the register has for the number. Erasable: the verification stays."""

    verification = models.OneToOneField(TaxVerification, on_delete=models.PROTECT, related_name="detail")
    name = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=600, blank=True)

    def __str__(self) -> str:
        return f"detail of {self.verification_id}"


class CertificateNotice(models.Model):
    """A certificate lapses within `band_days`, and nothing takes its place. One row per certificate, end and band."""

    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=500, db_collation="C", help_text="The certificate.")
    valid_to = models.DateField(help_text="The first day on which it holds no more.")
    band_days = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, help_text="Empty where its reason went away.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["golden_record", "item_key", "valid_to", "band_days"], name="certificate_band_is_told_once"
            ),
        ]
        indexes = [models.Index(fields=["golden_record"], condition=Q(closed_at=None), name="open_certificate_notices")]

    def __str__(self) -> str:
        return f"certificate of {self.golden_record_id} lapses on {self.valid_to}"
