"""The way of a view in the event loop to the database: one hop to a thread, which holds no connection afterwards."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")


async def in_one_hop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do all that a request needs of the database in its thread, which then holds no connection for it any more."""

    def do_and_let_go() -> T:
        try:
            return work(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()

    return await sync_to_async(do_and_let_go)()
