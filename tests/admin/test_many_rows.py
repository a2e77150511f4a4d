"""Every page of the admin with ten thousand rows of each kind: as few queries as with ten."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.models import User
from tests.admin.crowd import fill
from tests.admin.walk import pages

ROWS = 10_000
MOST_QUERIES = 12
# What a page may answer to a superuser who asks for it without more: shown, led on, not for this row, only by POST.
FITTING = (200, 302, 403, 404, 405)


def test_no_page_takes_more_than_a_dozen_queries(admin: Client, eve: User):
    fill(ROWS)
    taken = {}
    for address in pages(eve):
        with CaptureQueriesContext(connection) as queries:
            status = admin.get(address).status_code
        assert status in FITTING, address
        taken[address] = len(queries)
    assert len(taken) > 60
    too_many = {address: count for address, count in taken.items() if count > MOST_QUERIES}
    assert too_many == {}
