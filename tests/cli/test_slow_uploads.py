"""Phones that send photos slowly keep nobody else waiting."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from gridmgmt.cli import server
from gridmgmt.cli.session import ROOT

SLOW = (
    b"POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
)
MANY, PATIENCE_S = 6, 10.0


@pytest.mark.slow
def test_the_page_opens_while_more_photos_are_being_sent_than_there_are_processes(toy_url: str, tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_VAR_DIR": str(tmp_path)}
    with subprocess.Popen(server.command("127.0.0.1", port, 2), cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as running:
        try:
            _wait(port)
            phones = [socket.create_connection(("127.0.0.1", port)) for _ in range(MANY)]
            for phone in phones:
                phone.sendall(SLOW)
            time.sleep(0.5)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S) as answer:
                assert answer.status == 200
            for phone in phones:
                phone.close()
        finally:
            running.terminate()
            running.wait(30)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    message = "the server did not start"
    raise AssertionError(message)
