"""The sandbox: every emulated platform on one loopback address, with a ledger and a page.

A call to ``https://HOST/PATH`` of a vendor is made to ``/HOST/PATH`` here. ``/`` shows the posts
as a follower sees them, ``/_/ledger`` holds all that was published, ``/_/faults`` the faults.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from microcom.emulator import Clock, Emulator, Published
from microcom.emulator.call import HTML, LARGEST_BODY, Answer, Request, head, send, whole
from microcom.errors import UserError
from microcom.runner.sandbox_faults import armed, known, parse_fault
from microcom.values import dataclass

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from microcom.core.media import Media
    from microcom.core.steps import JsonValue

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
THREADS = 16
RANGE = re.compile(r"bytes=(?P<first>\d{1,15})-(?P<last>\d{0,15})")
LOOK = 0.2
"""Seconds between two looks at whether the server is to stop."""
LARGEST_REQUEST = 160 * 1024 * 1024
"""Bytes of a body that are read at all; each endpoint has its own, smaller limit."""
LAST_BYTE = 2
"""Seconds that a stopping server waits for what is still being answered."""


class Sandbox:
    """A WSGI app that mounts emulated platforms under their hosts."""

    def __init__(self, emulators: Iterable[Emulator], clock: Clock) -> None:
        self.emulators: tuple[Emulator, ...] = tuple(emulators)
        self._clock = clock
        self._apis = {host: one for one in self.emulators for host in one.hosts}
        self._sites = {site: one for one in self.emulators for site in one.sites}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        host, _, rest = str(environ.get("PATH_INFO", "/")).removeprefix("/").partition("/")
        if host in self._apis:
            prefix = str(environ.get("SCRIPT_NAME", ""))
            below = {**environ, "SCRIPT_NAME": f"{prefix}/{host}", "PATH_INFO": f"/{rest}"}
            return self._apis[host](below, start)
        now = self._clock()
        opening = head(environ, now)
        if not _is_local(opening):
            return send(_refused(), start, now)
        site = self._sites.get(host)
        if site is not None and site.takes(opening.method, f"/{rest}"):
            return site({**environ, "PATH_INFO": f"/{rest}"}, start)
        request = whole(environ, opening, LARGEST_BODY)
        if request is None:
            return send(_json({"error": "The request is too large."}, 413), start, now)
        return send(self._answer(request, host), start, now)

    def arm(self, words: Iterable[str]) -> None:
        """Switch faults on; raise UserError ``sandbox.fault`` for words that make no sense."""
        for emulator, fault in [parse_fault(word, self.emulators) for word in words]:
            with emulator.lock:
                emulator.faults.arm(fault)

    def ledger(self) -> dict[str, JsonValue]:
        """Return all that was published, platform by platform in order of time."""
        return {
            "posts": [entry for one in self.emulators for entry in one.ledger()],
            "platforms": [{"name": one.name, "hosts": list(one.hosts)} for one in self.emulators],
        }

    def _answer(self, request: Request, first: str) -> Answer:
        pages: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/"): self._front,
            ("GET", "/_/ledger"): lambda _: _json(self.ledger()),
            ("GET", "/_/faults"): lambda _: _json(self._faults()),
            ("POST", "/_/faults"): self._set_faults,
        }
        page = pages.get((request.method, request.path))
        if page is not None:
            return page(request)
        if request.method == "GET" and request.path.startswith("/_/media/"):
            return self._shown(request)
        if first in self._sites and request.method == "GET":
            return self._post(request, self._sites[first])
        return self._nothing(request)

    def _front(self, request: Request) -> Answer:
        from microcom.runner.sandbox_page import front

        posts = [post for one in self.emulators for post in _visible(one)]
        faults = self._faults()["faults"]
        return _html(200, front(posts, _address(request), faults, self._held(posts)))

    def _post(self, request: Request, emulator: Emulator) -> Answer:
        from microcom.runner.sandbox_page import lost, single

        remote_id = emulator.recognised(request.path.removeprefix("/"))
        posts = _visible(emulator)
        found = next((post for post in posts if post.remote_id == remote_id), None)
        if found is None:
            return _html(404, lost(request.path))
        return _html(200, single(found, posts, self._held([found])))

    def _held(self, posts: Iterable[Published]) -> frozenset[str]:
        """Return the files of posts whose bytes there are."""
        named = {one.sha256 for post in posts for one in post.media}
        return frozenset(one for one in named if self._file(one) is not None)

    def _file(self, sha256: str) -> tuple[str, bytes] | None:
        found = (one.blobs.find(sha256) for one in self.emulators)
        return next((one for one in found if one is not None), None)

    def _shown(self, request: Request) -> Answer:
        """Return a file that was posted, or the stretch of it that is asked for."""
        file = self._file(request.path.rpartition("/")[2])
        return self._nothing(request) if file is None else stretch(request, *file)

    def _nothing(self, request: Request) -> Answer:
        hosts = [*self._apis, *self._sites]
        message = f"The sandbox has nothing for {request.method} {request.path}."
        return _json({"error": message, "hosts": hosts}, 404)

    def _faults(self) -> dict[str, JsonValue]:
        return {"faults": armed(self.emulators), "known": known(self.emulators)}

    def _set_faults(self, request: Request) -> Answer:
        """Replace every fault by those of ``{"faults": ["x.create_post:503-after"]}``."""
        try:
            words = _words(request)
            faults = [parse_fault(word, self.emulators) for word in words]
        except UserError as error:
            refused = {"code": error.code, "error": error.message, "hint": error.hint}
            return _json(refused, 400)
        for emulator in self.emulators:
            with emulator.lock:
                emulator.faults.clear()
                emulator.faults.arm(*(fault for owner, fault in faults if owner is emulator))
        return _json(self._faults())


def of_platforms(clock: Clock, *, seed: str = "microcom") -> Sandbox:
    """Return a sandbox of every platform that offers an emulator, safe to serve with threads.

    The emulators look into files as the platforms do.
    """
    from microcom.platforms import emulator, names

    offered = (
        emulator(name, clock=clock, lock=threading.RLock(), seed=seed, probe=probed)
        for name in names()
    )
    return Sandbox((one for one in offered if one is not None), clock)


def probed(content: bytes) -> Media | None:
    """Return what a file is; Pillow and FFmpeg are loaded for the first one."""
    from microcom.media.probe import probe

    return probe(content)


class App(Protocol):
    """Anything that answers WSGI calls."""

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        """Answer one call."""
        ...


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url`` is where it answers."""

    url: str
    stop: Callable[[], None]


def serve(app: App, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve an app on loopback, from threads; port 0 takes a free one.

    Raises UserError ``sandbox.address`` for a host that is not this machine, and
    ``sandbox.port`` for a port that cannot be had.
    """
    from cheroot import wsgi

    if host not in LOOPBACK:
        message = f"A sandbox answers this machine only, not {host}."
        raise UserError(message, code="sandbox.address", hint="Leave the address out.")
    server = wsgi.Server((host, port), app, numthreads=THREADS, shutdown_timeout=LAST_BYTE)
    server.max_request_body_size = LARGEST_REQUEST
    server.expiration_interval = LOOK
    try:
        _try(host, port)
        server.prepare()
    except OSError as error:
        message = f"Port {port} is taken or not allowed."
        hint = "Choose another one with --port, or leave it out."
        raise UserError(message, code="sandbox.port", hint=hint) from error
    thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
    thread.start()

    def stop() -> None:
        server.stop()
        thread.join()

    name = f"[{host}]" if ":" in host else host
    return Server(f"http://{name}:{server.bind_addr[1]}", stop)


def _try(host: str, port: int) -> None:
    """Raise OSError when a port cannot be had; cheroot would leave a socket open over it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


def _visible(emulator: Emulator) -> Sequence[Published]:
    with emulator.lock:
        return [post for post in emulator.published() if not post.deleted]


def _words(request: Request) -> list[str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    try:
        body = request.json()
    except ValueError:
        body = None
    words = body.get("faults") if isinstance(body, dict) else None
    strings = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if kind != "application/json" or not isinstance(words, list) or not strings:
        message = 'Expected JSON such as {"faults": ["x.create_post:503-after"]}.'
        raise UserError(message, code="sandbox.fault")
    return words


def _is_local(request: Request) -> bool:
    """Say whether the caller means this machine: a page elsewhere could rebind its own name."""
    return urlsplit(_address(request)).hostname in LOOPBACK


def _address(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}"


def _refused() -> Answer:
    return _json({"error": "The sandbox answers to its loopback address only."}, 403)


def stretch(request: Request, mime: str, content: bytes) -> Answer:
    """Return a file, or the one stretch of it that a player asks for (RFC 9110, 14.1.2)."""
    headers = {
        "content-type": mime,
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "cache-control": "no-store",
    }
    wanted = RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None:
        return Answer(200, content, headers)
    first, last = int(wanted["first"]), len(content) - 1
    last = min(int(wanted["last"]), last) if wanted["last"] else last
    if first > last:
        return Answer(416, b"", {**headers, "content-range": f"bytes */{len(content)}"})
    place = {"content-range": f"bytes {first}-{last}/{len(content)}"}
    return Answer(206, content[first : last + 1], headers | place)


def _json(value: JsonValue, status: int = 200) -> Answer:
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return Answer(status, body, {"content-type": "application/json", "cache-control": "no-store"})


def _html(status: int, page: str) -> Answer:
    from microcom.runner.sandbox_page import policy

    guards = {
        "content-security-policy": policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return Answer(status, page.encode(), {**HTML, **guards})
