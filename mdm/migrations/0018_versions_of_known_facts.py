"""Facts that are known already get the versions that brought and ended them; products get their terms."""

from django.db import migrations

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

# Facts take the time of the version that was written with them; a redirect that ended did so with the version after it.
BACKFILL = """
UPDATE mdm_{fact} AS fact
SET opened_version = coalesce((
        SELECT max(version) FROM mdm_historicalgoldenrecord
        WHERE id = fact.golden_record_id AND history_date <= lower(fact.recorded)
    ), 1),
    closed_version = CASE WHEN upper_inf(fact.recorded) THEN NULL ELSE coalesce((
        SELECT min(version) FROM mdm_historicalgoldenrecord
        WHERE id = fact.golden_record_id AND history_date >= upper(fact.recorded)
    ), (SELECT max(version) FROM mdm_historicalgoldenrecord WHERE id = fact.golden_record_id), 1) END
WHERE opened_version IS NULL
"""

TERMS = """
INSERT INTO mdm_productterms (
    golden_record_id, item_key, valid, recorded, content_hash, opened_version,
    base_unit, category, brand, list_price, list_price_currency, cost, cost_currency, successor_id
)
SELECT golden.id, 'terms', daterange(NULL, NULL), tstzrange(golden.updated_at, NULL), decode(repeat('00', 32), 'hex'),
       golden.version, base_unit, category, brand, list_price, list_price_currency, NULL, '', successor_id
FROM mdm_product product JOIN mdm_goldenrecord golden ON golden.id = product.golden_record_id
WHERE golden.status = 'active'
"""

# An instant from now on stands for what has its position already.
MARK = """
INSERT INTO mdm_feedmark (position, given_at)
SELECT last_position, clock_timestamp() FROM mdm_sequencer WHERE name = 'feed' AND last_position > 0
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0017_price_facts_by_version")]
    operations = [
        *(migrations.RunSQL(BACKFILL.format(fact=fact), migrations.RunSQL.noop) for fact in FACTS),
        migrations.RunSQL(TERMS, "DELETE FROM mdm_productterms"),
        migrations.RunSQL(MARK, "DELETE FROM mdm_feedmark"),
    ]
