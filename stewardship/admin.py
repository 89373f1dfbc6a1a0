"""Tables worth browsing, on the admin site. What is true is changed by services, so here it is only read."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from mdm.models import (
    AuditEntry,
    CandidatePair,
    ChangeRequest,
    CrosswalkEntry,
    GoldenRecord,
    MappingVersion,
    MatchDecision,
    OutboxMessage,
    QuarantineEntry,
    RemoteRecord,
    Rollout,
    RuleSet,
    SourceRecord,
    SourceSystem,
)
from stewardship.models import Task

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]  # generic for the type checker only
else:
    AnyModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(AnyModelAdmin):
    """A table to look at: nothing is added, changed or deleted here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ByKeyset(ReadOnlyAdmin):
    """A big table: newest first, found by exact values, never counted or sorted as a whole."""

    ordering = ("-pk",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.list_select_related_names)

    list_select_related_names: tuple[str, ...] = ()


@admin.register(SourceSystem)
class SourceSystemAdmin(ReadOnlyAdmin):
    list_display = ("label", "name", "connector", "mode", "base_url")


@admin.register(MappingVersion)
class MappingVersionAdmin(ReadOnlyAdmin):
    list_display = ("source_system", "entity_type", "number", "created_at")
    list_filter = ("source_system", "entity_type")
    list_select_related = ("source_system",)


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnlyAdmin):
    list_display = ("entity_type", "number", "state", "published_at", "created_by", "note")
    list_filter = ("entity_type", "state")


@admin.register(Rollout)
class RolloutAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "entity_type", "kind", "rule_set", "state", "phase", "done", "total", "started_at")
    list_filter = ("entity_type", "state")
    list_select_related = ("rule_set",)
    ordering = ("-pk",)


@admin.register(SourceRecord)
class SourceRecordAdmin(ByKeyset):
    list_display = ("key", "source_system", "entity_type", "received_at", "tombstoned_at")
    list_filter = ("source_system", "entity_type")
    search_fields = ("=key",)
    list_select_related_names = ("source_system",)


@admin.register(GoldenRecord)
class GoldenRecordAdmin(ByKeyset):
    list_display = ("public_id", "title", "entity_type", "status", "version", "quality", "updated_at")
    list_filter = ("entity_type", "status")
    search_fields = ("=public_id", "title")


@admin.register(CrosswalkEntry)
class CrosswalkEntryAdmin(ByKeyset):
    list_display = ("source_record", "golden_record", "weight_bits", "linked_at", "unlinked_at")
    search_fields = ("=source_record__key", "=golden_record__public_id")
    list_select_related_names = ("source_record", "golden_record")


@admin.register(CandidatePair)
class CandidatePairAdmin(ByKeyset):
    list_display = ("left", "right", "entity_type", "weight_bits", "probability", "decision", "vetoed")
    list_filter = ("entity_type", "decision", "vetoed")
    list_select_related_names = ("left", "right")


@admin.register(MatchDecision)
class MatchDecisionAdmin(ByKeyset):
    list_display = ("left", "right", "kind", "origin", "decided_by", "decided_at", "closed_by", "closed_at")
    list_filter = ("kind", "origin")
    list_select_related_names = ("left", "right")


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ByKeyset):
    list_display = ("golden_record", "state", "proposed_by", "proposed_at", "expires_at")
    list_filter = ("state",)
    list_select_related_names = ("golden_record",)


@admin.register(QuarantineEntry)
class QuarantineEntryAdmin(ByKeyset):
    list_display = ("key", "source_system", "entity_type", "state", "received_at", "closed_at")
    list_filter = ("state", "source_system", "entity_type")
    list_select_related_names = ("source_system",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ByKeyset):
    list_display = ("at", "actor", "action", "subject_type", "subject_id", "subject_version", "why")
    list_filter = ("subject_type",)
    search_fields = ("=actor", "=action", "=subject_id")
    list_select_related_names = ("detail",)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ByKeyset):
    list_display = ("golden_record", "version", "entity_type", "created_at", "planned_at")
    list_filter = ("entity_type",)
    list_select_related_names = ("golden_record",)


@admin.register(RemoteRecord)
class RemoteRecordAdmin(ByKeyset):
    list_display = ("key", "target", "entity_type", "golden_record", "is_primary", "confirmed_at", "gone_at")
    list_filter = ("target", "entity_type")
    search_fields = ("=key",)
    list_select_related_names = ("target", "golden_record")


@admin.register(Task)
class TaskAdmin(ByKeyset):
    list_display = ("title", "kind", "entity_type", "state", "weight_bits", "opened_at", "closed_by")
    list_filter = ("kind", "state", "entity_type")


admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class ScheduleAdmin(PeriodicTaskAdmin):  # type: ignore[misc]  # the package is untyped
    """Schedules to see, pause and run now. The package's form template has a script inside, which browsers refuse."""

    change_form_template = None
    list_display = ("name", "enabled", "scheduler", "last_run_at", "total_run_count")
    list_editable = ("enabled",)
    list_filter = ("enabled",)
