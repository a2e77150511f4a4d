"""What the operator is told when a file or a database is not as it must be."""


class Trouble(Exception):
    """The work cannot be done, and nothing was changed; the sentence says why and what to do."""
