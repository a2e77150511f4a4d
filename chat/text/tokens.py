"""Names that nobody guesses."""

import secrets


def new_token() -> str:
    """Return 256 bits of chance, as an address takes them."""
    return secrets.token_urlsafe(32)
