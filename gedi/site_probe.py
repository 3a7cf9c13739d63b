"""Ask the running site whether it is well, for containers and supervisors without an HTTP client.

``python -m gedi.site_probe [ADDRESS]`` requests http://127.0.0.1:8000/healthz, or the given address, and exits with 1
unless the response is 200.
"""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds
DEFAULT = "http://127.0.0.1:8000/healthz"


def probe(address: str) -> int | None:
    """Return the status of a GET of an http address; None if there is no response."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", parts._replace(scheme="", netloc="").geturl() or "/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def site_answers(host: str, port: int) -> bool:
    """Return whether the site responds where it listens, whatever the state of its database."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return probe(f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz?part=live") is not None


if __name__ == "__main__":
    sys.exit(0 if probe(sys.argv[1] if len(sys.argv) > 1 else DEFAULT) == 200 else 1)
