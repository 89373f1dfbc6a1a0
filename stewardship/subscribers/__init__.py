"""Events of `mdm` open and withdraw tasks, in the transaction of what happened. They may name thousands of ids."""

from mdm.events import (
    ApprovalRequested,
    ApprovalSettled,
    CertificatesExpiring,
    CertificatesSettled,
    DecisionQuestioned,
    DecisionSettled,
    DeliveriesErased,
    DeliveriesParked,
    DeliveriesResumed,
    GlnQuestioned,
    GlnSettled,
    GoldenRecordsErased,
    MassChangeSettled,
    MassChangeSubmitted,
    ParentsHeld,
    ParentsReleased,
    PayloadsQuarantined,
    PinQuestioned,
    PinSettled,
    PriceConflictsFound,
    PriceConflictsSettled,
    PriceFindingsOver,
    PriceFindingsTold,
    QualityBreached,
    QualityReleased,
    QualityRestored,
    QuarantineClosed,
    RepartitionHeld,
    ReviewRequested,
    ReviewSettled,
    RolloutFailed,
    RolloutSteered,
    subscribe,
)
from stewardship.services.erasing import erase_delivery_tasks, erase_tasks
from stewardship.subscribers.matches import (
    finish_decisions,
    open_decisions,
    open_repartition,
    open_reviews,
    withdraw_reviews,
)
from stewardship.subscribers.prices import (
    finish_mass_change,
    open_mass_change,
    open_price_conflicts,
    open_price_findings,
    withdraw_price_conflicts,
    withdraw_price_findings,
)
from stewardship.subscribers.records import (
    close_certificates,
    finish_relocations,
    open_certificates,
    open_hierarchy,
    open_quarantine,
    open_relocations,
    withdraw_hierarchy,
    withdraw_quarantine,
)
from stewardship.subscribers.running import finish_rollout, open_deliveries, open_rollout, withdraw_deliveries
from stewardship.subscribers.values import (
    finish_approval,
    finish_pin,
    finish_quality,
    open_approval,
    open_pin,
    open_quality,
    withdraw_quality,
)


def subscribe_all() -> None:
    """Called once, when apps are ready."""
    subscribe(ReviewRequested, open_reviews)
    subscribe(ReviewSettled, withdraw_reviews)
    subscribe(RepartitionHeld, open_repartition)
    subscribe(PayloadsQuarantined, open_quarantine)
    subscribe(QuarantineClosed, withdraw_quarantine)
    subscribe(ApprovalRequested, open_approval)
    subscribe(ApprovalSettled, finish_approval)
    subscribe(MassChangeSubmitted, open_mass_change)
    subscribe(MassChangeSettled, finish_mass_change)
    subscribe(PinQuestioned, open_pin)
    subscribe(PinSettled, finish_pin)
    subscribe(DecisionQuestioned, open_decisions)
    subscribe(DecisionSettled, finish_decisions)
    subscribe(QualityBreached, open_quality)
    subscribe(QualityRestored, withdraw_quality)
    subscribe(QualityReleased, finish_quality)
    subscribe(PriceConflictsFound, open_price_conflicts)
    subscribe(PriceConflictsSettled, withdraw_price_conflicts)
    subscribe(CertificatesExpiring, open_certificates)
    subscribe(CertificatesSettled, close_certificates)
    subscribe(RolloutFailed, open_rollout)
    subscribe(RolloutSteered, finish_rollout)
    subscribe(PriceFindingsTold, open_price_findings)
    subscribe(PriceFindingsOver, withdraw_price_findings)
    subscribe(ParentsHeld, open_hierarchy)
    subscribe(ParentsReleased, withdraw_hierarchy)
    subscribe(GlnQuestioned, open_relocations)
    subscribe(GlnSettled, finish_relocations)
    subscribe(DeliveriesParked, open_deliveries)
    subscribe(DeliveriesResumed, withdraw_deliveries)
    subscribe(GoldenRecordsErased, erase_tasks)
    subscribe(DeliveriesErased, erase_delivery_tasks)
