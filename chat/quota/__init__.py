"""How much one user and the whole site may use: counted before a question is accepted, settled after its reply."""

from chat.quota.ledger import CHARS_PER_TOKEN, settle
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.reserve import reserve
from chat.quota.standing import Standing, standing

__all__ = ["CHARS_PER_TOKEN", "RESERVED_TOKENS", "Standing", "reserve", "settle", "standing"]
