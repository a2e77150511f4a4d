"""How much one user and the whole site may use: counted before a question is accepted, settled after its reply."""

from chat.quota.ledger import CHARS_PER_TOKEN, settle
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.reserve import reserve
from chat.quota.standing import Standing, standing
from chat.quota.unstored import Held, reserve_unstored, settle_unstored

__all__ = [
    "CHARS_PER_TOKEN", "RESERVED_TOKENS", "Held", "Standing", "reserve", "reserve_unstored", "settle",
    "settle_unstored", "standing",
]  # fmt: skip
