"""Telling a monitor that the queue was run well; what it is told at is a secret address."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from microcom.core.oauth import LOOPBACK
from microcom.errors import UserError
from microcom.redaction import hide

PATIENCE = 5.0


def ping(address: str) -> str | None:
    """Ask for an address once, following nothing; return what went wrong, without its path.

    Raises UserError ``heartbeat.address`` for one that is neither https nor this machine.
    """
    hide(address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    here = parts.scheme == "http" and host in LOOPBACK
    if not host or not (parts.scheme == "https" or here):
        message = "MICROCOM_HEARTBEAT is not an https address."
        raise UserError(
            message, code="heartbeat.address", hint="Write the monitor's whole address."
        )
    kind = http.client.HTTPConnection if here else http.client.HTTPSConnection
    connection = kind(host, port, timeout=PATIENCE)
    query = f"?{parts.query}" if parts.query else ""
    try:
        connection.request("GET", f"{parts.path or '/'}{query}")
        with connection.getresponse() as reply:
            status = reply.status
    except (OSError, http.client.HTTPException) as error:
        return f"The monitor at {host} could not be told ({type(error).__name__})."
    finally:
        connection.close()
    return None if 200 <= status < 300 else f"The monitor at {host} answered {status}."  # noqa: PLR2004
