"""The demo's people: an admin, a steward and an approver, each with a password that is shown once."""

import secrets

from django.contrib.auth.models import User

from stewardship.services.roles import Role, ensure_roles, give_role

PEOPLE = {"admin": Role.ADMIN, "steward": Role.STEWARD, "approver": Role.APPROVER}


def make_people(*, renew: bool) -> dict[str, str]:
    """Passwords of the people who are new, or of all with `renew`. Nobody can read them again."""
    ensure_roles()
    passwords = {}
    for name, role in PEOPLE.items():
        user, created = User.objects.get_or_create(username=name)
        if not (created or renew):
            continue
        passwords[name] = secrets.token_urlsafe(12)
        user.set_password(passwords[name])
        user.save()
        give_role(user, role)
    return passwords
