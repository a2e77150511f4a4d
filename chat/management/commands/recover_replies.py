"""`recover_replies`: end the replies whose writer has died, without a running server."""

from django.core.management.base import BaseCommand

from chat.replies.recovery import interrupt_stale


class Command(BaseCommand):
    """Do once what every server does every few seconds; replies that are being written are left alone."""

    help = "End the replies whose writer has died; all that was written of them is kept."

    def handle(self, **options: object) -> None:
        count = interrupt_stale()
        self.stdout.write(f"{count} {'reply was' if count == 1 else 'replies were'} interrupted.")
