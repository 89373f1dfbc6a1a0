"""Verification of tax registrations: which number is to be asked about, asking, and what comes of the answer.

Nothing here is a promise that another table keeps: what is due follows from the registrations of active golden records
and the verifications that were made, so a run that was killed is made up for by the next.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from logging import getLogger

from celery import current_app
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from mdm.actors import SYSTEM, Actor
from mdm.entity_types.customer import TaxRegistration
from mdm.errors import NotFound, StateConflict
from mdm.models import CrosswalkEntry, GoldenRecord, SourceRecord, TaxVerification, TaxVerificationDetail
from mdm.selectors.tax_verdicts import verifications_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.retries import atomically
from mdm.services.settlement import settle_source_records
from mdm.tax.registrations import Registration, standard_registration
from mdm.tax.verdicts import Outcome, Status, standing
from mdm.tax.verifiers import Answer, Configured, Spread, Verifier, verifiers

logger = getLogger(__name__)

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
LOOK_BACK = timedelta(days=1)
MOST_IN_A_RUN = 200
REASON = "A tax registration was verified"
_ONE_RUN = 0x5441585F  # "TAX_"

Verifiers = Mapping[str, Verifier]


def configured_verifiers() -> Verifiers:
    """The verifiers that this installation asks, by name, in the order in which they are tried."""
    said = Configured(vies_url=settings.ASSAY_VIES_URL, own_vat_number=settings.ASSAY_VAT_NUMBER)
    made = ((name, verifiers.get(name)(said)) for name in verifiers)
    return {name: verifier for name, verifier in made if verifier is not None}


def verifier_for(registration: Registration, known: Verifiers) -> tuple[str, Verifier] | None:
    """The first that covers the registration; None where nobody can be asked."""
    return next(((name, each) for name, each in known.items() if each.covers(registration)), None)


def verify_registration(
    registration_id: int, *, actor: Actor, clock: Callable[[], datetime], known: Verifiers | None = None
) -> TaxVerification:
    """Ask about one registration now, whatever was asked before, and keep the answer.

    Raises NotFound when no golden record has it any more, StateConflict where no register can be asked about it.
    """
    registration, name, verifier = _asked(registration_id, configured_verifiers() if known is None else known)
    answer = verifier.verify(registration)  # outside of any transaction: it may take half a minute
    return _keep(registration, name, answer, actor=actor, at=clock())


def _asked(registration_id: int, known: Verifiers) -> tuple[Registration, str, Verifier]:
    row = TaxRegistration.objects.filter(pk=registration_id).first()
    if row is None:
        raise NotFound("No golden record has this registration any more.")
    registration = standard_registration(row.kind, row.jurisdiction, row.number)
    found = verifier_for(registration, known)
    if found is None:
        raise StateConflict("No register is configured that could be asked about this registration.")
    return registration, *found


def ask_soon(registration_id: int, *, actor: Actor) -> None:
    """Have a worker ask about a registration, since a register may take its time.

    Raises NotFound and StateConflict as `verify_registration` does, and StateConflict when no worker can be told.
    """
    _asked(registration_id, configured_verifiers())
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            current_app.send_task(
                "mdm.tasks.verify_tax_registration", [registration_id, actor.name], connection=broker, retry=False
            )
    except (OperationalError, OSError):
        raise StateConflict("No worker can be told now; what is due is verified when the workers are back.") from None


def verify_what_is_due(
    *,
    clock: Callable[[], datetime],
    enough: Callable[[], bool] = lambda: False,
    known: Verifiers | None = None,
) -> int:
    """Ask about every number that is due, one run at a time; returns how many answers came.

    A register that is busy or down is left alone until the next run, and so is one country's where only that is.
    """
    known = configured_verifiers() if known is None else known
    if not known:
        return 0
    with _alone() as alone:
        if not alone:
            return 0
        _catch_up(at=clock())
        return _verify_due(known, clock=clock, enough=enough)


# A golden record that got the number in the very moment in which the answer was kept shows its status of before.
_BEHIND = """
SELECT DISTINCT told.golden_record_id FROM mdm_taxverification answer
JOIN mdm_taxregistration told ON told.number_key = answer.number_key
WHERE answer.checked_at > %s AND answer.outcome <> 'could_not_tell'
  AND told.status <> CASE answer.outcome WHEN 'valid' THEN 'verified' ELSE 'invalid' END
  AND NOT EXISTS (
    SELECT FROM mdm_taxverification later
    WHERE later.number_key = answer.number_key AND later.outcome <> 'could_not_tell'
      AND (later.checked_at, later.id) > (answer.checked_at, answer.id))
"""


@atomically
def _catch_up(*, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [at - LOOK_BACK])
        ids = [pk for (pk,) in cursor.fetchall()]
    records = list(GoldenRecord.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    rebuild_golden_records(records, cause=Cause(REASON, {}), actor=SYSTEM, at=at)


def _verify_due(known: Verifiers, *, clock: Callable[[], datetime], enough: Callable[[], bool]) -> int:
    asked, left_alone = 0, set[tuple[str, str]]()
    for registration, name in _due(known, at=clock()):
        if enough() or asked >= MOST_IN_A_RUN:
            break
        if {(name, ""), (name, registration.country)} & left_alone:
            continue
        answer = known[name].verify(registration)
        _keep(registration, name, answer, actor=SYSTEM, at=clock())
        asked += 1
        if answer.outcome is Outcome.COULD_NOT_TELL and answer.spread in (Spread.SERVICE, Spread.JURISDICTION):
            left_alone.add((name, "" if answer.spread is Spread.SERVICE else registration.country))
    if asked:
        logger.info("Asked registers about %d tax registrations", asked)
    return asked


# Numbers of active golden records that nothing told apart since, with the tries that could not tell. What a register
# will not take is as good as told: only another number helps.
_DUE = """
SELECT told.kind, told.jurisdiction, told.number, told.number_key, tries.count, tries.last_at
FROM (
    SELECT DISTINCT ON (number_key) registration.* FROM mdm_taxregistration registration
    JOIN mdm_goldenrecord golden ON golden.id = registration.golden_record_id AND golden.status = 'active'
    WHERE registration.valid_to IS NULL OR registration.valid_to > %(today)s
    ORDER BY number_key, registration.id
) told
CROSS JOIN LATERAL (
    SELECT count(*) AS count, max(checked_at) AS last_at FROM mdm_taxverification
    WHERE number_key = told.number_key AND checked_at > %(since)s
) tries
WHERE NOT EXISTS (
    SELECT FROM mdm_taxverification
    WHERE number_key = told.number_key AND checked_at > %(since)s AND (outcome <> 'could_not_tell' OR spread = 'never'))
ORDER BY tries.last_at NULLS FIRST, told.id
"""


def _due(known: Verifiers, *, at: datetime) -> list[tuple[Registration, str]]:
    """What is to be asked about and who is to be asked; first what nobody has asked about."""
    since = at - timedelta(days=settings.ASSAY_VERIFY_TAX_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"today": at.date(), "since": since})
        rows = cursor.fetchall()
    found = []
    for kind, jurisdiction, number, key, tries, last_at in rows:
        registration = standard_registration(kind, jurisdiction, number)
        asked = verifier_for(registration, known)
        if asked and (last_at is None or last_at + wait_after(tries, key=bytes(key)) <= at):
            found.append((registration, asked[0]))
    return found


def wait_after(failures: int, *, key: bytes) -> timedelta:
    """How long a number rests after so many answers in a row that could not tell: a doubling, capped time.

    It is shortened by up to half, so that numbers do not come in step, by an amount that follows from the number and
    the count: every worker has the same plan.
    """
    bound = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    drawn = hashlib.sha256(key + failures.to_bytes(4, "big")).digest()
    wait: timedelta = bound * (0.5 + int.from_bytes(drawn[:4], "big") / 2**33)
    return wait


def _keep(registration: Registration, name: str, answer: Answer, *, actor: Actor, at: datetime) -> TaxVerification:
    """Keep the answer; where what matching may join follows from it, match again all that carry the number.

    What waits to be matched is settled after the commit; after a crash in between, with what arrives next.
    """
    row, rematch = _record(registration, name, answer, actor=actor, at=at)
    settle_source_records("customer", rematch, actor=actor, at=at)
    return row


@atomically
def _record(
    registration: Registration, name: str, answer: Answer, *, actor: Actor, at: datetime
) -> tuple[TaxVerification, list[int]]:
    """The answer as evidence; where the status that all answers come to is another now, golden records follow.

    Returns the source records that are to be matched again.
    """
    key = registration.key(settings.ASSAY_COMMITMENT_KEY.encode())
    _one_answer_at_a_time(key)
    before = _standing(key)
    row = TaxVerification.objects.create(
        number_key=key,
        kind=registration.kind,
        jurisdiction=registration.jurisdiction,
        verifier=name,
        outcome=answer.outcome,
        code=answer.code,
        spread=answer.spread if answer.outcome is Outcome.COULD_NOT_TELL else "",
        consultation_number=answer.consultation_number,
        checked_at=at,
        asked_by=actor.name,
    )
    if answer.name or answer.address:
        TaxVerificationDetail.objects.create(verification=row, name=answer.name, address=answer.address)
    holders = TaxRegistration.objects.filter(number_key=key).values("golden_record")
    entries = CrosswalkEntry.objects.filter(golden_record__in=holders, unlinked_at=None)
    sources = sorted(set(entries.values_list("source_record_id", flat=True)))
    list(SourceRecord.objects.select_for_update(no_key=True).filter(pk__any=sources).order_by("pk").values_list("pk"))
    records = list(GoldenRecord.objects.select_for_update().filter(pk__in=holders).order_by("pk"))
    what = f"{name} said {answer.code} of a {registration.kind} registration in {registration.jurisdiction}"
    acts = [Act("tax_registration.verified", "golden_record", record.pk, reason=what) for record in records]
    record_audit_entries(acts, actor=actor, at=at)
    after = _standing(key)
    if after == before:
        return row, []
    rebuild_golden_records(records, cause=Cause(REASON, {}), actor=actor, at=at)
    if Status.VERIFIED not in (before, after):
        return row, []
    SourceRecord.objects.filter(pk__any=sources, pending_since=None).update(pending_since=at)
    return row, sources


def _standing(key: bytes) -> Status | None:
    return standing((row.checked_at, row.pk, Outcome(row.outcome)) for row in verifications_of(key))


def _one_answer_at_a_time(key: bytes) -> None:
    """Of two answers about one number the second sees what the first has come to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other run is under way; a lost connection ends one as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_RUN])
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_RUN])
