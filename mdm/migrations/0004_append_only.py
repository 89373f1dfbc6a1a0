"""What tells the past is only added to: the running role may not change or delete it."""

from django.db import migrations

# Of a version only the feed position is written later, of a fact only the end of what was known.
GRANTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON mdm_auditentry, mdm_historicalgoldenrecord, mdm_sourcepayload,
    mdm_matchmodelartifact, mdm_mappingversion FROM assay_app;
REVOKE DELETE, TRUNCATE ON mdm_auditdetail, mdm_goldenrecord, mdm_sourcerecord, mdm_crosswalkentry, mdm_matchdecision,
    mdm_outboxmessage, mdm_changerequest, mdm_ruleset, mdm_quarantineentry FROM assay_app;
GRANT UPDATE (feed_position) ON mdm_historicalgoldenrecord TO assay_app;
"""
UNDO_GRANTS = """
GRANT UPDATE, DELETE, TRUNCATE ON mdm_auditentry, mdm_historicalgoldenrecord, mdm_sourcepayload,
    mdm_matchmodelartifact, mdm_mappingversion TO assay_app;
GRANT DELETE, TRUNCATE ON mdm_auditdetail, mdm_goldenrecord, mdm_sourcerecord, mdm_crosswalkentry, mdm_matchdecision,
    mdm_outboxmessage, mdm_changerequest, mdm_ruleset, mdm_quarantineentry TO assay_app;
"""

FACTS = (
    "agreementterms",
    "hierarchyedge",
    "locationrole",
    "pricebreak",
    "priceline",
    "redirect",
    "scopemembership",
    "unitconversion",
)


class Migration(migrations.Migration):
    dependencies = [("mdm", "0003_golden_version_is_whole")]
    operations = [
        migrations.RunSQL(GRANTS, UNDO_GRANTS),
        *(
            migrations.RunSQL(
                f"REVOKE UPDATE, DELETE, TRUNCATE ON mdm_{fact} FROM assay_app;"
                f"GRANT UPDATE (recorded) ON mdm_{fact} TO assay_app;",
                f"GRANT UPDATE, DELETE, TRUNCATE ON mdm_{fact} TO assay_app;",
            )
            for fact in FACTS
        ),
    ]
