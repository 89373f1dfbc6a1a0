"""Every address under /api/v1/. Entity types come from the registry; what leads nowhere is a problem too."""

from django.urls import path, re_path

from mdm.api.change_requests import ChangeRequestApproval, ChangeRequestDetail, ChangeRequestRejection, ChangeRequests
from mdm.api.changes import Changes
from mdm.api.entity_paths import entity_paths
from mdm.api.golden import Crosswalk
from mdm.api.pages import Description, InteractivePage
from mdm.api.source_records import SourceRecordDetail, SourceRecords
from mdm.api.views import Denied
from mdm.entity_types import in_settling_order

urlpatterns = [
    *(address for kind in in_settling_order() for address in entity_paths(kind)),
    path("changes", Changes.as_view(), name="api-changes"),
    path("crosswalk/<str:system>/<str:entity_type>/<path:key>", Crosswalk.as_view(), name="api-crosswalk"),
    path("source-records", SourceRecords.as_view(), name="api-source-records"),
    path(
        "source-records/<str:system>/<str:entity_type>/<path:key>",
        SourceRecordDetail.as_view(),
        name="api-source-record",
    ),
    path("change-requests", ChangeRequests.as_view(), name="api-change-requests"),
    path("change-requests/<int:number>", ChangeRequestDetail.as_view(), name="api-change-request"),
    path("change-requests/<int:number>/approve", ChangeRequestApproval.as_view(), name="api-change-request-approve"),
    path("change-requests/<int:number>/reject", ChangeRequestRejection.as_view(), name="api-change-request-reject"),
    path("schema", Description.as_view(), name="api-schema"),
    path("docs", InteractivePage.as_view(), name="api-docs"),
    re_path(r"^.*$", Denied.as_view(), name="api-nothing"),
]
