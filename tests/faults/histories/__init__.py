"""Histories: readers ask real servers while things break; afterwards it is checked what must hold whatever broke."""
