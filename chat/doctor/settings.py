"""Settings that are dangerous or do not fit together: what the system checks say."""

from django.conf import settings
from django.core import checks

from chat.doctor.findings import Finding, error, warning


def examine() -> list[Finding]:
    """Run the system checks; those of a production site too, unless it is a developer's."""
    messages = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    return [of(message) for message in messages if message.level >= checks.WARNING and not message.is_silenced()]


def of(message: checks.CheckMessage) -> Finding:
    level = error if message.level >= checks.ERROR else warning
    return level("settings", f"{message.msg} ({message.id})", message.hint or "See docs/settings.md.")
