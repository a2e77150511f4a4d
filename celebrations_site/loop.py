"""The event loop of a server process: Twisted gets uvloop's where that is installed.

To be imported before Daphne, which would give Twisted a loop of Python's own; nothing can change it after that.
"""

import sys

from twisted.internet import asyncioreactor

try:
    import uvloop as loops
except ImportError:  # there is none for Windows
    import asyncio as loops  # type: ignore[no-redef]

if "twisted.internet.reactor" not in sys.modules:
    asyncioreactor.install(loops.new_event_loop())
