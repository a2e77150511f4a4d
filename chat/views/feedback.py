"""What a reader thinks of an answer: a form in the page of the conversation."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from chat.errors import BadRequest, ChatError
from chat.models import Feedback
from chat.views.conversations import page, private
from chat.views.replies import METHODS, own


@private
@login_required
@require_http_methods(METHODS)
def feedback(request: HttpRequest, code: UUID) -> HttpResponse:
    """Keep the opinion, `value` and perhaps `words`, and go back to the answer; or say what is wrong with it."""
    reply = own(request, code)
    try:
        if request.method == "POST":
            Feedback.objects.note(reply, read_value(request), request.POST.get("words"))
    except ChatError as error:
        return page(request, reply.conversation.code, error, reply.code)
    # In whatever branch it was said.
    return redirect(f"{reply.conversation.get_absolute_url()}?message={code}#m-{code}")


def read_value(request: HttpRequest) -> int:
    """Return the thumb of the form: 1, -1, or 0 for none; raise BadRequest for anything else."""
    value = request.POST.get("value", "")
    if value not in ("1", "-1", "0"):
        raise BadRequest("An answer is helpful, or it is not.")
    return int(value)
