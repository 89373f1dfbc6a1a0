"""The hub's tables. Import models from here, not from the modules below; an entity type's own from its module."""

import pkgutil
from importlib import import_module

from mdm import entity_types
from mdm.models.access import ApiKey
from mdm.models.audit import AuditDetail, AuditEntry, AuditSeal
from mdm.models.bitemporal import HeldEdge, HierarchyEdge, Redirect, ScopeKind, ScopeMembership
from mdm.models.changes import Approval, ChangeComment, ChangeEffect, ChangePart, ChangeRequest, ChangeRequestState
from mdm.models.crosswalk import CrosswalkEntry
from mdm.models.golden import GoldenRecord, GoldenStatus
from mdm.models.idempotency import IdempotentAnswer
from mdm.models.mass_changes import MassChange, MassChangeApproval, MassChangePart, MassChangeState
from mdm.models.outbox import OutboxMessage, Sequencer
from mdm.models.pairs import BlockingKey, CandidatePair, DecisionKind, DecisionOrigin, MatchDecision
from mdm.models.pins import AttributePin
from mdm.models.prices import FeedMark, PriceChange, PriceConflict
from mdm.models.quality import FailedRule, QualityScore, ScoreScope, UniqueValue
from mdm.models.quarantine import QuarantineEntry, QuarantineState
from mdm.models.radar import PricingAccuracy, RadarFinding, RadarGroup
from mdm.models.reassignments import Reassignment, ReassignmentKind
from mdm.models.rehearsal import Rehearsal
from mdm.models.relocations import GlnQuestion
from mdm.models.remote import RemoteRecord
from mdm.models.reopening import ReopeningCondition, ReopeningKind
from mdm.models.rollouts import Rollout, RolloutKind, RolloutPair, RolloutPhase, RolloutRecord, RolloutState
from mdm.models.rules import MatchModelArtifact, RuleSet, RuleSetState
from mdm.models.source import SourcePayload, SourceRecord, SourceReference
from mdm.models.suppression import SuppressionEntry
from mdm.models.systems import HUB, MappingVersion, SourceSystem, SystemMode
from mdm.models.tax import CertificateNotice, TaxVerification, TaxVerificationDetail

for _module in pkgutil.iter_modules(entity_types.__path__):
    import_module(f"{entity_types.__name__}.{_module.name}")

GoldenVersion = GoldenRecord.history.model

__all__ = [
    "HUB",
    "ApiKey",
    "Approval",
    "AttributePin",
    "AuditDetail",
    "AuditEntry",
    "AuditSeal",
    "BlockingKey",
    "CandidatePair",
    "CertificateNotice",
    "ChangeComment",
    "ChangeEffect",
    "ChangePart",
    "ChangeRequest",
    "ChangeRequestState",
    "CrosswalkEntry",
    "DecisionKind",
    "DecisionOrigin",
    "FailedRule",
    "FeedMark",
    "GlnQuestion",
    "GoldenRecord",
    "GoldenStatus",
    "GoldenVersion",
    "HeldEdge",
    "HierarchyEdge",
    "IdempotentAnswer",
    "MappingVersion",
    "MassChange",
    "MassChangeApproval",
    "MassChangePart",
    "MassChangeState",
    "MatchDecision",
    "MatchModelArtifact",
    "OutboxMessage",
    "PriceChange",
    "PriceConflict",
    "PricingAccuracy",
    "QualityScore",
    "QuarantineEntry",
    "QuarantineState",
    "RadarFinding",
    "RadarGroup",
    "Reassignment",
    "ReassignmentKind",
    "Redirect",
    "Rehearsal",
    "RemoteRecord",
    "ReopeningCondition",
    "ReopeningKind",
    "Rollout",
    "RolloutKind",
    "RolloutPair",
    "RolloutPhase",
    "RolloutRecord",
    "RolloutState",
    "RuleSet",
    "RuleSetState",
    "ScopeKind",
    "ScopeMembership",
    "ScoreScope",
    "Sequencer",
    "SourcePayload",
    "SourceRecord",
    "SourceReference",
    "SourceSystem",
    "SuppressionEntry",
    "SystemMode",
    "TaxVerification",
    "TaxVerificationDetail",
    "UniqueValue",
]
