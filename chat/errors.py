"""Everything that can go wrong on purpose: each error knows its HTTP status, a stable code and a sentence for people.

ChatError
├── BadRequest        400  bad_request    the request cannot be understood
├── NotLoggedIn       401  not_logged_in
├── BadToken          403  csrf           the form or script is older than the login
├── ClosedInvitation  403  invitation     nobody signs up with this link, or without one
├── Suspended         403  suspended      the account was closed while the question was on its way
├── NotFound          404  not_found      missing, or not visible to this user: never told apart
├── Withdrawn         410  withdrawn      the article was taken off the site
├── StillWriting      409  still_writing  one unfinished reply per conversation
├── TooLong           413  too_long
├── OverQuota         429  over_quota     carries retry_after_secs
├── WriterDied        503  writer_died    the server ended while it wrote the reply
├── Draining          503  draining       the server is about to end; carries retry_after_secs
└── ModelError        502  model_error    the model's side failed; carries is_retryable
    ├── ModelRefused       model_refused      it does not accept our key or our request
    ├── ModelBusy          model_busy         it is rate limited
    ├── ModelTimeout       model_timeout      it was silent for too long
    ├── ModelUnreachable   model_unreachable  no connection, or one that broke
    ├── ModelGarbage       model_garbage      what it sent is not a chat completion stream
    └── ModelCut           model_cut          the stream ended without saying that it was finished
"""


class ChatError(Exception):
    """The base of all expected errors; `str()` is a sentence that may be shown to anyone."""

    status = 500
    code = "error"
    message = "Something went wrong."
    is_retryable = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)


class BadRequest(ChatError):
    """The request cannot be understood."""

    status = 400
    code = "bad_request"
    message = "The request cannot be understood."


class NotLoggedIn(ChatError):
    """Asking needs a login."""

    status = 401
    code = "not_logged_in"
    message = "Log in to ask."


class BadToken(ChatError):
    """The request carries no valid CSRF token."""

    status = 403
    code = "csrf"
    message = "This page is older than your login. Reload it and send again."


class ClosedInvitation(ChatError):
    """Signing up takes an open invitation, and this is none; the sentence says what became of it."""

    status = 403
    code = "invitation"
    message = "One signs up here by invitation only."


class Suspended(ChatError):
    """The account was suspended while the question was on its way; later ones find nobody logged in."""

    status = 403
    code = "suspended"
    message = "Your account is suspended. Nothing can be asked with it."


class NotFound(ChatError):
    """The row is missing or belongs to someone else."""

    status = 404
    code = "not_found"
    message = "There is nothing here."


class Withdrawn(ChatError):
    """The article of the conversation is not on the site any more."""

    status = 410
    code = "withdrawn"
    message = "This article was taken off the site. What was asked about it stays, but nothing more can be asked."


class StillWriting(ChatError):
    """The conversation has an unfinished reply."""

    status = 409
    code = "still_writing"
    message = "A reply is still being written in this conversation. Stop it or wait for its end."
    is_retryable = True


class TooLong(ChatError):
    """The message, or the request, is larger than the limit."""

    status = 413
    code = "too_long"
    message = "The message is too long."


class OverQuota(ChatError):
    """A limit is used up; `retry_after_secs` tells when asking again makes sense, `limit` names it for operators."""

    status = 429
    code = "over_quota"
    message = "You have reached the limit."
    is_retryable = True

    def __init__(self, message: str = "", retry_after_secs: int = 60, limit: str = "") -> None:
        super().__init__(message)
        self.retry_after_secs = retry_after_secs
        self.limit = limit


class Draining(ChatError):
    """The process was told to end and takes no new questions."""

    status = 503
    code = "draining"
    message = "The site is being restarted. Please ask again in a moment."
    is_retryable = True
    # A restart takes a few seconds; another process may answer at once.
    retry_after_secs = 3


class WriterDied(ChatError):
    """The process that wrote the reply is gone."""

    status = 503
    code = "writer_died"
    message = "The answer was interrupted. What was written so far is kept."
    is_retryable = True


class ModelError(ChatError):
    """The model's side failed. Never holds what the model's server sent: that may contain keys or headers."""

    status = 502
    code = "model_error"
    message = "The language model failed. Please try again."
    is_retryable = True


class ModelRefused(ModelError):
    """The model's server answered 4xx other than 408 and 429."""

    code = "model_refused"
    message = "The language model did not accept the request. The operator has to look at its settings."
    is_retryable = False


class ModelBusy(ModelError):
    """The model's server answered 429."""

    code = "model_busy"
    message = "The language model is busy. Please try again in a minute."


class ModelTimeout(ModelError):
    """No connection, first word, further word or end within its time."""

    code = "model_timeout"
    message = "The language model did not answer in time. Please try again."


class ModelUnreachable(ModelError):
    """No connection to the model's server, or one that broke."""

    code = "model_unreachable"
    message = "The language model cannot be reached at the moment. Please try again."


class ModelGarbage(ModelError):
    """What the model's server sent is not a chat completion stream."""

    code = "model_garbage"
    message = "The language model sent something that cannot be read. Please try again."


class ModelCut(ModelError):
    """The stream ended without a finish reason."""

    code = "model_cut"
    message = "The language model stopped in the middle of its answer."


def error_named(code: str) -> ChatError:
    """Return the error with this stable code; the general one for a code that is not known (any more)."""
    kinds, found = [ChatError], ChatError
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found = kind if kind.code == code else found
    return found()
