"""When limits begin anew, in seconds and in words; days and months are those of UTC."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

HOUR_SECS = 3600


def today() -> date:
    return timezone.now().date()


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def secs_until(day: date) -> int:
    """Return the seconds until a day in UTC begins, at least 1."""
    now = timezone.now()
    return max(1, int((datetime.combine(day, time.min, tzinfo=now.tzinfo) - now).total_seconds()))


def tomorrow_words(day: date) -> tuple[str, int]:
    """Return when the day after this one begins, in words and in seconds."""
    secs = secs_until(day + timedelta(days=1))
    return f"You can ask again from 00:00 UTC, in {span(secs)}.", secs


def next_month_words(day: date) -> tuple[str, int]:
    """Return when the month after this day begins, in words and in seconds."""
    begins = next_month(day)
    return f"You can ask again from {begins.day} {begins:%B %Y}, 00:00 UTC.", secs_until(begins)


def span(secs: int) -> str:
    """Return a time of less than a day in words: whole hours, or minutes where there is less than one."""
    count, unit = (secs // HOUR_SECS, "hour") if secs >= HOUR_SECS else (max(1, secs // 60), "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"
