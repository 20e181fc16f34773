"""Connections that hold on without asking anything: half requests end, and without a descriptor left all others go on."""

import logging
import os
import resource
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bot.limits import Limit
from storage.messaging.files import StoredFile
from tests.houses.waiting import until
from tests.houses.web.devices import Device

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESCRIPTORS = Path("/proc/self/fd")
HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def sockets(chat):
    """Opens connections to the chat's server."""
    with ExitStack() as opened:

        def connect(first: bytes = b"") -> socket.socket:
            made = opened.enter_context(socket.create_connection(("127.0.0.1", chat.served.port), timeout=20))
            made.sendall(first)
            return made

        yield connect


def seconds(chat, count: int) -> None:
    """So many seconds pass for all connections."""

    async def tick() -> None:
        for _second in range(count):
            chat.served.server.tick()

    chat.served.call(tick)


def open_connections(chat) -> int:
    return len(chat.served.server.server_state.connections)


def settled(chat) -> None:
    """Whatever was sent before has been read: an answer came after it."""
    assert httpx.get(chat.served.url + "/health").status_code == 200


def rest_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_four_hundred_requests_without_an_end_are_closed(chat, sockets):
    silent = [sockets() for _one in range(200)]
    half = [sockets(HEAD) for _one in range(200)]
    settled(chat)
    seconds(chat, 10)
    assert open_connections(chat) >= 400
    seconds(chat, 20)
    assert {rest_of(one) for one in silent} == {b""}
    answers = [rest_of(one) for one in half]
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert "gọi Trung tâm" in answers[0].decode()
    assert chat.site.limits.met[Limit.SLOW] == 400


def test_a_head_that_comes_drop_by_drop_is_closed_too(chat, sockets):
    dripping, drops = sockets(HEAD), 0
    with suppress(OSError):
        for drops in range(60):
            dripping.sendall(b"X-%d: 1\r\n" % drops)
            settled(chat)
            seconds(chat, 1)
    assert drops < 25
    assert chat.site.limits.met[Limit.SLOW] == 1


def test_forty_uploads_without_an_end_are_closed_and_keep_nothing(chat, sockets, caplog):
    device = Device(chat).starts()
    chat.binds(device.chat)
    half = []
    for n in range(40):
        address = f"/chat/{device.chat}/file?name=a.xlsx&id=file-{n:04d}"
        cookie = "; ".join(f"{name}={value}" for name, value in device.http.cookies.items())
        head = f"PUT {address} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 20000000\r\n\r\n"
        half.append(sockets(head.encode() + b"x" * 20_000))
    settled(chat)
    seconds(chat, 60)
    assert all(rest_of(one).startswith(b"HTTP/1.1 408 ") for one in half)
    assert chat.rows(StoredFile.__table__) == []
    assert chat.site.limits.met[Limit.SLOW] == 40
    assert "Traceback" not in caplog.text
    assert 'limit="slow_connection"} 40.0' in httpx.get(chat.served.url + "/metrics").text


def test_a_body_that_comes_slowly_but_comes_is_taken(chat, sockets):
    """A phone at three kilobytes a second sends for as long as it takes."""
    device = Device(chat).starts()

    def drops():
        for _second in range(60):
            yield b"x" * 3072
            settled(chat)
            seconds(chat, 1)

    assert device.uploads("a.xlsx", drops()).status_code == 200


def test_an_open_page_of_the_chat_is_no_slow_request(chat):
    device = Device(chat).starts()
    events = device.events()
    next(events)
    seconds(chat, 300)
    device.says("still here")
    assert any("still here" in data for _name, _id, data in events)


# -- descriptors


@contextmanager
def none_left():
    """Every descriptor of this process is used up."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in DESCRIPTORS.iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
    taken: list[int] = []
    try:
        _take_all(taken)
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _take_all(taken: list[int]) -> None:
    while True:
        try:
            taken.append(os.dup(0))
        except OSError:
            return


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="counts descriptors as Linux shows them")
def test_without_a_descriptor_left_it_says_so_once_and_goes_on_answering(chat, caplog):
    device = Device(chat).starts()
    events = device.events()  # who is connected already
    next(events)
    device.says("xin")
    assert any("<b>xin" in data for _name, _id, data in events)
    tries = []
    rest = chat.served.server._rest
    chat.served.server._rest = lambda *words: (tries.append(words), rest(*words))
    waiting = [socket.socket() for _one in range(20)]
    with caplog.at_level(logging.INFO), none_left():
        begin = time.monotonic()
        for one in waiting:
            one.connect(("127.0.0.1", chat.served.port))  # the system's queue takes it
        for n in range(5):
            device.says(f"tin {n}")
            assert any(f"<b>tin {n}</b>" in data for name, _id, data in events if name == "message")
        seconds = time.monotonic() - begin
        assert 0 < len(tries) <= 2 + seconds, "one try a second, however many wait"
    said = [record for record in caplog.records if "connections wait" in record.getMessage()]
    assert len(said) == 1
    assert chat.site.limits.met[Limit.DESCRIPTORS] == len(tries)
    for one in waiting:  # there are descriptors again, and nobody was forgotten
        one.settimeout(20)
        one.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert rest_of(one).startswith(b"HTTP/1.1 200 ")
        one.close()


def test_connections_leave_descriptors_for_everything_else(chat, sockets, caplog):
    chat.served.server.most, met = 10, chat.site.limits.met
    many = [sockets() for _one in range(30)]
    until(lambda: met[Limit.CONNECTIONS] + open_connections(chat) >= 30)
    assert open_connections(chat) <= 10
    refused = 0
    for one in many:
        one.settimeout(0.2)
        with suppress(TimeoutError):
            with suppress(ConnectionResetError):
                assert one.recv(1) == b""
            refused += 1
    assert refused == met[Limit.CONNECTIONS] >= 20  # one of the start may still have stood open
    assert caplog.text.count("connections wait") == 1
