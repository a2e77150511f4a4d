"""Second factors of the staff: who has one, and whether a login was done with it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from chat.models.accounts import User

# Recovery codes stand in for these, and are made with the first of them.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Step(StrEnum):
    """What somebody has yet to do before their login is one with a second factor."""

    SET_UP = "set up"
    ENTER_CODE = "enter a code"
    USE_PASSKEY = "use a passkey"


def step_missing(user: User, records: Iterable[Mapping[str, object]]) -> Step | None:
    """Return what is missing, None when nothing is. One query.

    `records` is what allauth noted of the session: how its user proved that it is them. A factor that they have removed
    since counts no more.
    """
    have = dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))
    if not set(have.values()) & set(FACTORS):
        return Step.SET_UP
    if any(record.get("method") == "mfa" and record.get("id") in have for record in records):
        return None
    return Step.ENTER_CODE if Authenticator.Type.TOTP in have.values() else Step.USE_PASSKEY


def staff_without() -> QuerySet[User]:
    """Return the members of staff who have no second factor."""
    theirs = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return User.objects.filter(~Exists(theirs), is_staff=True, is_active=True)
