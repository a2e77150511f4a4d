"""Probes for operators and load balancers, and the numbers for those who watch the site."""

import ipaddress

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseServerError,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template import loader
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST

from chat import measures, tracing
from chat.doctor import migrations, probe
from chat.errors import Draining
from chat.replies import hints, sse
from chat.replies.drain import refuse_when_draining

# What a proxy adds: a request with one of these comes from further away than it seems.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


async def livez(request: HttpRequest) -> JsonResponse:
    """Say that the process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 503 while the database is away or behind, or the process is about to end."""
    try:
        refuse_when_draining()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not migrations.are_applied():
            return JsonResponse({"status": "unavailable", "database": "migrations are missing"}, status=503)
    except Draining:
        return JsonResponse({"status": "draining"}, status=503)
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "no answer"}, status=503)
    # Without Redis the site works, with hints that come later.
    redis = {"redis": "ok" if hints.is_working() else "away"} if settings.REDIS_URL else {}
    return JsonResponse({"status": "ok", "database": "ok", **redis})


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the numbers of this machine's site to those who may know them; to others there is nothing here."""
    if not may_watch(request):
        raise Http404
    return HttpResponse(measures.exposition(), content_type=CONTENT_TYPE_LATEST)


async def stream_of_probe(request: HttpRequest) -> StreamingHttpResponse:
    """Stream to the doctor, which looks at how it arrives; to others there is nothing here."""
    if not probe.is_valid(request.GET.get("token", "")):
        raise Http404
    return StreamingHttpResponse(probe.pieces(request), content_type=sse.CONTENT_TYPE, headers=sse.HEADERS)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that something broke, and under which name the log has it."""
    page = loader.render_to_string("500.html", {"request_id": tracing.request_id.get()})
    return HttpResponseServerError(page)


def may_watch(request: HttpRequest) -> bool:
    """Tell whether the request has the token or, where none is set, comes straight from this machine."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    if any(header in request.META for header in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
