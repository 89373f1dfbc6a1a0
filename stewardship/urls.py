"""Addresses of the stewards' pages and of the admin site."""

from django.contrib import admin
from django.urls import path

from stewardship.pages.approvals import view as approvals
from stewardship.pages.certificates import view as certificates
from stewardship.pages.compare import undo
from stewardship.pages.compare import view as compare
from stewardship.pages.deliveries import view as deliveries
from stewardship.pages.golden import changing, listing, moving, releasing, verifying
from stewardship.pages.golden import view as golden
from stewardship.pages.home import view as home
from stewardship.pages.mass_changes import view as mass_changes
from stewardship.pages.pins import view as pins
from stewardship.pages.price_conflicts import view as price_conflicts
from stewardship.pages.price_radar import download as price_radar_download
from stewardship.pages.price_radar import view as price_radar
from stewardship.pages.quality import view as quality
from stewardship.pages.quarantine import view as quarantine
from stewardship.pages.queue import view as queue
from stewardship.pages.regroupings import view as regroupings
from stewardship.pages.reopened import view as reopened
from stewardship.pages.rollouts import view as rollouts
from stewardship.pages.sign_in.view import SignIn, SignOut
from stewardship.pages.split import view as split
from stewardship.pages.unmerge import view as unmerge

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("queue/", queue.queue, name="queue"),
    path("reviews/<int:task_id>/", compare.review, name="review"),
    path("reviews/<int:task_id>/decide/", compare.decide, name="decide-review"),
    path("regroupings/<int:task_id>/", regroupings.regrouping, name="regrouping"),
    path("regroupings/<int:task_id>/decide/", regroupings.decide, name="decide-regrouping"),
    path("deliveries/<int:task_id>/", deliveries.parked, name="parked-delivery"),
    path("deliveries/<int:task_id>/repair/", deliveries.repair, name="repair-delivery"),
    path("undo/", undo.undo_last_decision, name="undo-last"),
    path("decisions/<uuid:unit>/undo/", undo.undo_decision, name="undo-decision"),
    path("decisions/<uuid:unit>/unmerge/", unmerge.plan, name="unmerge"),
    path("decisions/again/<int:condition_id>/", reopened.reopened, name="reopened-decision"),
    path("decisions/again/<int:condition_id>/decide/", reopened.decide, name="decide-reopened"),
    path("golden/", listing.golden_records, name="golden-records"),
    path("golden/<str:public_id>/", golden.golden_record, name="golden-record"),
    path("golden/<str:public_id>/edit/", changing.edit, name="edit-golden-record"),
    path("golden/<str:public_id>/release/", releasing.release, name="release-golden-record"),
    path("golden/<str:public_id>/verify/", verifying.verify, name="verify-registration"),
    path("certificates/<int:notice_id>/", certificates.certificate, name="certificate"),
    path("certificates/<int:notice_id>/close/", certificates.close, name="close-certificate"),
    path("golden/<str:public_id>/move/", moving.move, name="move-golden-record"),
    path("golden/<str:public_id>/keep-gln/", releasing.keep, name="keep-gln"),
    path("golden/<str:public_id>/split/", split.plan, name="split-golden-record"),
    path("quality/", quality.quality, name="quality"),
    path("price-conflicts/<int:conflict_id>/", price_conflicts.price_conflict, name="price-conflict"),
    path("rollouts/<int:rollout_id>/", rollouts.rollout, name="rollout"),
    path("rollouts/<int:rollout_id>/resume/", rollouts.go_on, name="resume-rollout"),
    path("mass-changes/", mass_changes.mass_changes, name="mass-changes"),
    path("mass-changes/rehearse/", mass_changes.rehearse, name="rehearse-mass-change"),
    path("mass-changes/<str:public_id>/", mass_changes.mass_change, name="mass-change"),
    path("mass-changes/<str:public_id>/lines/", mass_changes.lines, name="mass-change-lines"),
    path("mass-changes/<str:public_id>/answer/", mass_changes.answer, name="answer-mass-change"),
    path("price-conflicts/<int:conflict_id>/plan/", price_conflicts.choose, name="choose-price-plan"),
    path("prices/radar/", price_radar.price_radar, name="price-radar"),
    path("prices/radar.csv", price_radar_download.price_radar_csv, name="price-radar-csv"),
    path("prices/radar/<int:group_id>/", price_radar.price_findings, name="price-findings"),
    path("pins/<int:pin_id>/", pins.pin, name="pin"),
    path("pins/<int:pin_id>/decide/", pins.decide, name="decide-pin"),
    path("approvals/", approvals.waiting, name="approvals"),
    path("approvals/<int:request_id>/", approvals.approval, name="approval"),
    path("approvals/<int:request_id>/decide/", approvals.decide, name="decide-approval"),
    path("approvals/<int:request_id>/comment/", approvals.comment, name="comment-approval"),
    path("quarantine/", quarantine.entries, name="quarantine"),
    path("quarantine/close/", quarantine.close, name="close-quarantine"),
    path("quarantine/<int:entry_id>/", quarantine.entry, name="quarantine-entry"),
    path("admin/", admin.site.urls),
]
