"""Probes for operators and load balancers."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from chat.errors import Draining
from chat.replies.drain import refuse_when_draining


async def livez(request: HttpRequest) -> JsonResponse:
    """Say that the process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 503 while the database is away or the process is about to end."""
    try:
        refuse_when_draining()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Draining:
        return JsonResponse({"status": "draining"}, status=503)
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "no answer"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})
