"""The three roles of the hub as Django groups."""

from enum import StrEnum

from django.contrib.auth.models import Group, User
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from django.db.models import Q

from stewardship.models import Permission


class Role(StrEnum):
    """Group names. An Admin also has the superuser flag, given by `give_role`."""

    STEWARD = "Steward"
    APPROVER = "Approver"
    ADMIN = "Admin"


PERMISSIONS = {
    Role.STEWARD: (Permission.VIEW, Permission.DECIDE, Permission.PROPOSE, Permission.MEND),
    Role.APPROVER: (Permission.VIEW, Permission.PROPOSE, Permission.APPROVE),
    Role.ADMIN: tuple(Permission),
}


@transaction.atomic
def ensure_roles() -> None:
    """Make the groups and give each exactly its permissions. Repeating it changes nothing."""
    for role, permissions in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role.value)
        wanted = Q(pk__in=[])
        for permission in permissions:
            app, codename = permission.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        group.permissions.set(DjangoPermission.objects.filter(wanted))


def give_role(user: User, role: Role) -> None:
    """Put the person into the role's group; an Admin may also use the admin site."""
    user.groups.add(Group.objects.get(name=role.value))
    if role is Role.ADMIN:
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
