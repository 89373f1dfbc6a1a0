"""Every address under /api/v1/. Entity types come from the registry; what leads nowhere is a problem too."""

from django.urls import path, re_path

from mdm.api.change_request_answers import ChangeRequestApproval, ChangeRequestRejection
from mdm.api.change_request_edits import ChangeRequestComments, ChangeRequestEdit, ChangeRequestWithdrawal
from mdm.api.change_requests import ChangeRequestDetail, ChangeRequests
from mdm.api.changes import Changes
from mdm.api.entity_paths import entity_paths
from mdm.api.golden import Crosswalk
from mdm.api.hierarchies import CustomerLocations
from mdm.api.mass_change_answers import (
    MassChangeApprovalView,
    MassChangeRejection,
    MassChangeSubmission,
    MassChangeUndoing,
    MassChangeWithdrawal,
)
from mdm.api.mass_changes import MassChangeDetail, MassChangeLines, MassChanges
from mdm.api.match_decisions import DecisionReopening, DecisionUndoing, KeptApart
from mdm.api.merges import MergeConsequencesView, Merges, Unmerge, UnmergePlanView
from mdm.api.pages import Description, InteractivePage
from mdm.api.price_radar import PriceRadar
from mdm.api.prices import Prices
from mdm.api.sites import LocationSite
from mdm.api.source_records import SourceRecordDetail, SourceRecords
from mdm.api.splits import SplitPlanView, Splits
from mdm.api.tax_status import CustomerTaxStatus
from mdm.api.views import Denied
from mdm.entity_types import in_settling_order

urlpatterns = [
    *(address for kind in in_settling_order() for address in entity_paths(kind)),
    path("customers/<str:public_id>/tax-status", CustomerTaxStatus.as_view(), name="api-customer-tax-status"),
    path("customers/<str:public_id>/locations", CustomerLocations.as_view(), name="api-customer-locations"),
    path("locations/<str:public_id>/site", LocationSite.as_view(), name="api-location-site"),
    path("changes", Changes.as_view(), name="api-changes"),
    path("crosswalk/<str:system>/<str:entity_type>/<path:key>", Crosswalk.as_view(), name="api-crosswalk"),
    path("prices/radar", PriceRadar.as_view(), name="api-price-radar"),
    path("prices/resolve", Prices.as_view(), name="api-prices"),
    path("source-records", SourceRecords.as_view(), name="api-source-records"),
    path(
        "source-records/<str:system>/<str:entity_type>/<path:key>",
        SourceRecordDetail.as_view(),
        name="api-source-record",
    ),
    path("change-requests", ChangeRequests.as_view(), name="api-change-requests"),
    path("change-requests/<int:number>", ChangeRequestDetail.as_view(), name="api-change-request"),
    *(
        path(f"change-requests/<int:number>/{verb}", view.as_view(), name=f"api-change-request-{verb}")
        for verb, view in (
            ("approve", ChangeRequestApproval),
            ("reject", ChangeRequestRejection),
            ("edit", ChangeRequestEdit),
            ("withdraw", ChangeRequestWithdrawal),
            ("comments", ChangeRequestComments),
        )
    ),
    path("mass-changes", MassChanges.as_view(), name="api-mass-changes"),
    path("mass-changes/<str:public_id>", MassChangeDetail.as_view(), name="api-mass-change"),
    path("mass-changes/<str:public_id>/lines", MassChangeLines.as_view(), name="api-mass-change-lines"),
    *(
        path(f"mass-changes/<str:public_id>/{verb}", view.as_view(), name=f"api-mass-change-{verb}")
        for verb, view in (
            ("submit", MassChangeSubmission),
            ("approve", MassChangeApprovalView),
            ("reject", MassChangeRejection),
            ("withdraw", MassChangeWithdrawal),
            ("undo", MassChangeUndoing),
        )
    ),
    path("merges", Merges.as_view(), name="api-merges"),
    path("merges/consequences", MergeConsequencesView.as_view(), name="api-merge-consequences"),
    path("merges/<uuid:unit>/unmerge-plan", UnmergePlanView.as_view(), name="api-unmerge-plan"),
    path("merges/<uuid:unit>/unmerge", Unmerge.as_view(), name="api-unmerge"),
    path("splits", Splits.as_view(), name="api-splits"),
    path("splits/plan", SplitPlanView.as_view(), name="api-split-plan"),
    path("match-decisions/apart", KeptApart.as_view(), name="api-kept-apart"),
    path("match-decisions/<uuid:unit>/reopening", DecisionReopening.as_view(), name="api-decision-reopening"),
    path("match-decisions/<uuid:unit>/undo", DecisionUndoing.as_view(), name="api-decision-undoing"),
    path("schema", Description.as_view(), name="api-schema"),
    path("docs", InteractivePage.as_view(), name="api-docs"),
    re_path(r"^.*$", Denied.as_view(), name="api-nothing"),
]
