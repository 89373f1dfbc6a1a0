from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from mdm.services.api_keys import recognize_api_key


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("api-key", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_key_is_shown_once_listed_without_its_text_and_revoked(hub: None) -> None:
    text = _run("create", "crm", "--scope", "customer:read", "--system", "crm")
    key = recognize_api_key(text, at=timezone.now())
    listed = _run("list")
    _run("revoke", text.partition(".")[0])

    assert key is not None
    assert (key.scopes, key.source_system and key.source_system.name) == (["customer:read"], "crm")
    assert key.prefix in listed
    assert text.partition(".")[2] not in listed
    assert recognize_api_key(text, at=timezone.now()) is None


@pytest.mark.django_db
def test_a_key_that_proposes_has_an_owner() -> None:
    User.objects.create_user("ana")
    owned, other = _run("create", "x", "--scope", "all", "--owner", "ana"), _run("create", "y", "--scope", "all")

    keys = [recognize_api_key(text, at=timezone.now()) for text in (owned, other)]

    assert [key and (key.owner, "change_request:write" in key.scopes) for key in keys] == [("ana", True), ("", False)]
    with pytest.raises(CommandError, match="needs an owner"):
        _run("create", "z", "--scope", "change_request:write")
    with pytest.raises(CommandError, match="No active user"):
        _run("create", "z", "--scope", "all", "--owner", "nobody")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments", [("create", "x"), ("create", "x", "--scope", "all", "--system", "y"), ("revoke", "z")]
)
def test_mistakes_are_told_as_such(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        _run(*arguments)
