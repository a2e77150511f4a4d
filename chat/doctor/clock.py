"""Whether the clocks of this machine and of others say the same."""

import email.utils
import time

from chat.doctor.findings import Finding, error, warning

PART = "clock"
# A date in a header has whole seconds, and takes some time to arrive.
MOST_SECS = 3.0
# Codes of a second factor are good for 30 s before and after; sessions and quotas still work far beyond.
ERROR_SECS = 30.0


def compare(seconds: float, whose: str) -> list[Finding]:
    """Tell how far another clock (in seconds since 1970) is from this machine's."""
    apart = seconds - time.time()
    if abs(apart) <= MOST_SECS:
        return []
    level = error if abs(apart) >= ERROR_SECS else warning
    what = f"The clock of {whose} is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} this machine's."
    return [level(PART, what, "Have both machines keep time by NTP (`timedatectl set-ntp true`).")]


def compare_header(date: str | None, whose: str) -> list[Finding]:
    """Do the same for the Date header of an answer that has just come; none says nothing."""
    try:
        return compare(email.utils.parsedate_to_datetime(date or "").timestamp(), whose)
    except (ValueError, TypeError):
        return []
