"""Measure pages in Chromium with its CPU slowed down four times: `python -m benchmarks.pages`.

The article page, from a server as it is in public, as a new visitor sees it: first contentful paint, layout shift, bytes.
And an answer of 3,000 tokens: the longest task of the page while it is written.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import servers

# Before anything of Django is imported.
sys.path.insert(0, str(servers.ROOT))


SLOWED_DOWN = 4
LOADS = 5
TOKENS = 3_000
OBSERVE = """
  window.measured = { shift: 0, tasks: [0] };
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { measured.shift += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => measured.tasks.push(entry.duration)))
    .observe({ type: "longtask", buffered: true });
"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


@contextmanager
def site(model_url: str) -> Iterator[str]:
    """Run the site on a database of its own, with its static files compressed; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = servers.free_port()
        environment = servers.site_environment(f"sqlite:///{folder}/db.sqlite3", 0)
        environment |= {"OPENAI_BASE_URL": model_url, "STATIC_ROOT": f"{folder}/static", "TRUSTED_PROXY_COUNT": "0"}
        # Cookies that need HTTPS would keep the visitor from signing up.
        environment |= {"DEBUG": "true"} if os.environ.get("PAGES_DEBUG") else {}
        for command in (["migrate"], ["seed_article"], ["collectstatic", "--noinput"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=servers.ROOT, env=environment, check=True)
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        with servers.running(command, environment, servers.AVAILABLE_CORES, port):
            yield f"http://127.0.0.1:{port}"
