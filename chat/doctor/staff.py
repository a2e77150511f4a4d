"""Whether those who look after the site get in where a second factor is wanted."""

from django.conf import settings

from chat.doctor.findings import Finding, warning
from chat.models.factors import staff_without

PART = "staff"


def examine() -> list[Finding]:
    """Count the administrators and editors to whom the admin stays closed; nothing is looked at without the setting."""
    if not settings.STAFF_SECOND_FACTOR:
        return []
    without = staff_without()
    counts = {
        "administrator(s)": without.filter(is_superuser=True).count(),
        "other member(s) of staff": without.filter(is_superuser=False).count(),
    }
    told = " and ".join(f"{count} {name}" for name, count in counts.items() if count)
    if not told:
        return []
    what = f"STAFF_SECOND_FACTOR is true, and {told} have no second factor: the admin is closed to them."
    return [warning(PART, what, "Have each of them log in and set one up under Account, Security (/accounts/2fa/).")]
