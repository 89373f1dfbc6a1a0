"""What every page's view begins with: who may come in, who acts, when, and how refusals are told."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from mdm.actors import Actor, person
from mdm.errors import HubError, MdmError
from mdm.masking import national_ids
from stewardship.models import Permission

P = ParamSpec("P")


class Steward(HttpRequest):
    """A request that passed the door: `user` is a signed-in person."""

    user: User


def steward_page(
    permission: Permission = Permission.VIEW,
) -> Callable[[Callable[Concatenate[Steward, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let in whoever is signed in and has the permission; send others to sign in, or refuse them with 403.

    National ids are masked for who may not read them.
    """

    def guard(view: Callable[Concatenate[Steward, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Steward, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            with national_ids(shown=request.user.has_perm(Permission.NATIONAL_IDS)):
                return view(request, *args, **kwargs)

        return login_required(guarded)

    return guard


def actor_of(request: Steward) -> Actor:
    """The signed-in person as who acts."""
    return person(request.user.get_username())


class TellingRefusals:
    """Show what the hub refuses as a message and go on after the block; what was to be done is not done."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, HubError):
            return False
        messages.error(self._request, error.detail if isinstance(error, MdmError) else str(error))
        return True


def safe_next(request: HttpRequest, *, default: str) -> str:
    """Where the form asked to go on, when that is on this site."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else default
