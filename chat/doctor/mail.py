"""Whether the mail server lets the site in. Nothing is sent."""

import smtplib

from django.conf import settings
from django.core.mail import get_connection

from chat.doctor.findings import Finding, error, warning

PART = "mail"
WAIT_SECS = 10.0


def examine() -> list[Finding]:
    """Log in and go; without a mail server say what does not work."""
    if not settings.EMAIL_HOST:
        if settings.DEBUG:
            return []
        remedy = "Set EMAIL_HOST, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD."
        what = "There is no mail server: whoever forgets a password cannot get in again; mails go to the log."
        return [warning(PART, what, remedy)]
    found = []
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        what = f"Mails come from {settings.DEFAULT_FROM_EMAIL}, which other servers refuse."
        found.append(warning(PART, what, "Set EMAIL_FROM to an address of your domain."))
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        server = get_connection(timeout=WAIT_SECS)
        server.open()
        server.close()
    except smtplib.SMTPAuthenticationError:
        remedy = "Correct EMAIL_HOST_USER and EMAIL_HOST_PASSWORD."
        found.append(error(PART, f"{place} refuses the user name or the password.", remedy))
    except smtplib.SMTPNotSupportedError:
        remedy = "Set EMAIL_USE_TLS=false, or another EMAIL_PORT (587 is usual)."
        found.append(error(PART, f"{place} does not offer TLS or no login.", remedy))
    except (smtplib.SMTPException, OSError) as failure:
        remedy = "Correct EMAIL_HOST and EMAIL_PORT, and look whether the provider of this machine blocks the port."
        found.append(error(PART, f"{place} cannot be reached: {type(failure).__name__}.", remedy))
    return found
