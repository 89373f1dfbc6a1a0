"""What every database test relies on."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.utils import ProgrammingError
from redis import Redis


@pytest.mark.django_db
def test_tests_run_as_the_role_that_the_hub_runs_as() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == ("assay_app", True)


@pytest.mark.django_db
def test_the_running_role_cannot_change_the_schema() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="must be owner"):
        cursor.execute("ALTER TABLE auth_group ADD COLUMN mine int")


@pytest.mark.django_db(transaction=True)
def test_a_test_may_commit() -> None:
    Group.objects.create(name="left behind")


@pytest.mark.django_db(transaction=True)
def test_what_a_test_committed_is_gone_and_what_migrations_wrote_stands_again() -> None:
    assert not Group.objects.filter(name="left behind").exists()
    assert Permission.objects.exists()


def test_redis_is_there_and_empty(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
