"""E-mail addresses: the domain that a mail to one goes to."""


def domain_in_ascii(name: str) -> str:
    """Return a domain as mail servers are asked for it, in small letters: bücher.example is xn--bcher-kva.example.

    It is Django's mapping, by which mail is sent: two spellings that come out the same get their mail at the same
    place. Raise UnicodeError, a ValueError, for what no domain is written like.
    """
    return name.strip().rstrip(".").encode("idna").decode("ascii").lower()


def domain_of(address: str) -> str:
    """Return the domain of an address as mail servers are asked for it; "" where there is none."""
    try:
        return domain_in_ascii(address.rpartition("@")[2])
    except UnicodeError:
        return ""
