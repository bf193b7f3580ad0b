"""The guarded POST asks nobody inside, follows nobody, waits for nobody."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from gridmgmt.messages.post import NoAnswerError, RefusedAddressError, is_open_address, post
from tests.messages.servers import always, web_server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",  # noqa: S104
        "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_open(address: str) -> None:
    assert not is_open_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_addresses_of_the_internet_are_open(address: str) -> None:
    assert is_open_address(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0"])
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    with web_server(always()) as server:
        port = server.url.split(":")[2].split("/")[0]
        with pytest.raises((RefusedAddressError, NoAnswerError)):
            post(f"http://{host}:{port}/", b"", {})
        assert server.received == []


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com", "http:///x", "//example.com"])
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        post(url, b"", {})


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with web_server(always(302)) as server:
        assert post(server.url, b"x", {}, allow_private=True).status == 302
        assert len(server.received) == 1


def test_an_unknown_name_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="is not known"):
        post("http://nowhere.gridmgmt.test/", b"", {})


def test_a_slow_answer_is_cut_off() -> None:
    with web_server(always(wait_s=1.0)) as server:
        began = time.monotonic()
        with pytest.raises(NoAnswerError) as caught:
            post(server.url, b"", {}, allow_private=True, timeout_s=0.2)
        assert time.monotonic() - began < 0.9
        assert "geheim" not in str(caught.value)


def test_an_answer_that_drips_is_cut_off() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
                    connection.send(bytes([letter]))
                    time.sleep(0.05)
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", {}, allow_private=True, timeout_s=0.4)
    assert time.monotonic() - began < 2
    thread.join()
    listener.close()


def test_a_large_answer_is_read_only_as_far_as_needed() -> None:
    with web_server(always(body=b"x" * 200_000)) as server:
        assert len(post(server.url, b"", {}, allow_private=True).body) == 64 * 1024
