"""Connections to addresses that were looked at: a name is resolved once, checked, and held to.

Between looking a name up and connecting, its owner could let it lead elsewhere (DNS rebinding):
here the connection goes to the very address that was checked. TLS still asks for the name.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import httpcore

from microcom.errors import UserError
from microcom.runner.transport import Backend

if TYPE_CHECKING:
    from httpcore import NetworkStream

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the IP addresses of a name; raises OSError where it has none."""


def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host as this machine's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Pinned(httpcore.NetworkBackend):
    """Connects to what ``allowed`` passes, all of a name's addresses or none."""

    def __init__(self, resolve: Resolve, allowed: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._inner = Backend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Return a connection to the first address that answers.

        Raises UserError ``media.fetch.name`` or ``media.fetch.private``, and httpcore's own errors.
        """
        *others, last = self._addresses(host, port)
        for address in others:
            try:
                return self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # a name may have addresses that this machine has no way to
        return self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError):
            found = []
        if not found:
            message = f"There is no host {host}."
            raise UserError(message, code="media.fetch.name", hint="Look at the address.")
        if not all(self._allowed(address) for address in found):
            message = f"{host} is not a host of the open internet: nothing is fetched from there."
            hint = "Download it, and name the file."
            raise UserError(message, code="media.fetch.private", hint=hint)
        return found
