"""Everything of one reader as a zip: made piece by piece, so that it needs no more memory than one conversation."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any, BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from asgiref.sync import sync_to_async

from chat.models import Conversation, User
from chat.models.belongings import account_as_dict
from chat.replies.export import as_dict, as_markdown, file_name

# Smaller pieces would cost a system call each, larger ones memory.
PIECE_BYTES = 64 * 1024

ABOUT = """\
# Everything this site keeps of you

- account.json: your profile, addresses, sessions, opinions on answers, shared copies, how much you asked each day, and
  the invitation that you came by.
- conversations/: each of your conversations twice. The .md file is for reading; it shows what the page shows. The .json
  file is for programs; it has every message of every branch, and each quotation with its address.

Passwords and the keys of second factors are not here: they are secrets, also from yourself.
"""


class Tray(io.RawIOBase):
    """Holds what the zip has written until it is sent. It cannot seek, and the zip does without."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:  # Any: whatever has bytes
        self.parts.append(bytes(part))
        self.size_bytes += len(self.parts[-1])
        return len(self.parts[-1])

    def take(self) -> bytes:
        """Return what lies here, and keep nothing."""
        taken, self.parts, self.size_bytes = b"".join(self.parts), [], 0
        return taken


def write(file: BinaryIO, user: User, origin: str) -> int:
    """Write the zip into a file; return how many conversations are in it."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        codes = put_account(archive, user)
        for number, code in enumerate(codes, 1):
            put_conversation(archive, user, code, number, origin)
    return len(codes)


async def pieces(user: User, origin: str) -> AsyncIterator[bytes]:
    """Yield the zip. One hop to the thread for each conversation: others work there, too."""
    tray = Tray()
    with ZipFile(tray, "w", ZIP_DEFLATED) as archive:
        codes = await sync_to_async(put_account)(archive, user)
        for number, code in enumerate(codes, 1):
            await sync_to_async(put_conversation)(archive, user, code, number, origin)
            if tray.size_bytes >= PIECE_BYTES:
                yield tray.take()
    yield tray.take()


def put_account(archive: ZipFile, user: User) -> list[UUID]:
    """Add what is not a conversation; return the codes of the conversations, oldest first."""
    archive.writestr("README.md", ABOUT)
    archive.writestr("account.json", in_json(account_as_dict(user)))
    return list(Conversation.objects.visible_to(user).order_by("pk").values_list("code", flat=True))


def put_conversation(archive: ZipFile, user: User, code: UUID, number: int, origin: str) -> None:
    """Add one conversation, if it has not been deleted meanwhile. Its number keeps equal titles apart."""
    found = Conversation.objects.visible_to(user).select_related("article").filter(code=code).first()
    if found is None:
        return
    archive.writestr(f"conversations/{number:05}-{file_name(found, 'md')}", as_markdown(found, origin))
    archive.writestr(f"conversations/{number:05}-{file_name(found, 'json')}", in_json(as_dict(found, origin)))


def in_json(value: dict[str, Any]) -> str:  # Any: nested values of JSON
    return json.dumps(value, ensure_ascii=False, indent=2)
