from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from mdm.models import IdempotentAnswer
from mdm.services.idempotency import (
    KEPT_FOR,
    Answer,
    AnswerUnderWay,
    Request,
    answer_once,
    fingerprint,
)
from mdm.services.upkeep import keep_up
from tests.mdm.api.hub import NOON

REQUEST = Request("key:1", "one", fingerprint(b"POST", b"/", b"{}"))


@pytest.mark.django_db
def test_work_under_way_is_not_begun_again() -> None:
    def elsewhere() -> None:
        try:
            answer_once(REQUEST, lambda: Answer(200, b"second"), at=NOON)
        finally:
            connection.close()

    def work() -> Answer:
        with ThreadPoolExecutor(1) as pool, pytest.raises(AnswerUnderWay):
            pool.submit(elsewhere).result()
        return Answer(200, b"first")

    assert answer_once(REQUEST, work, at=NOON).body == b"first"


@pytest.mark.django_db
def test_work_that_fails_may_be_tried_again_under_its_key() -> None:
    def fail() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_once(REQUEST, fail, at=NOON)

    assert answer_once(REQUEST, lambda: Answer(200, b"done"), at=NOON) == Answer(200, b"done")


@pytest.mark.django_db
def test_an_answer_is_given_again_for_as_long_as_promised() -> None:
    answer_once(REQUEST, lambda: Answer(201, b"first", {"Location": "/x"}), at=NOON)
    late = NOON + KEPT_FOR - timedelta(seconds=1)

    again = answer_once(REQUEST, lambda: Answer(200, b"second"), at=late)
    after = answer_once(REQUEST, lambda: Answer(200, b"second"), at=NOON + KEPT_FOR)

    assert again == Answer(201, b"first", {"Location": "/x"}, replayed=True)
    assert after.body == b"second"
    keep_up(at=NOON + KEPT_FOR)
    assert IdempotentAnswer.objects.count() == 1
    keep_up(at=NOON + 2 * KEPT_FOR)
    assert not IdempotentAnswer.objects.exists()


def test_fingerprints_tell_parts_apart() -> None:
    assert fingerprint(b"a", b"bc") != fingerprint(b"ab", b"c")
