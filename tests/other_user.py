"""Another user of this machine: a real process with its own user id; only root can start it.

It imports what it needs before it gives root away, because another user may not be able to read
the interpreter's files.
"""

import os
import subprocess
import sys

import pytest

NOBODY = 65534
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can act as another user: run the tests as root"
)
BECOME = f"""
import encodings.idna, http.client, json, os, socket, sys, time, urllib.parse
import websocket
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})

def ask(port, method, path, body=None, headers={{}}):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request(method, path, body, headers)
    return connection.getresponse()
"""


def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Run Python code as another user; it finds its `arguments` in sys.argv[1:]."""
    return subprocess.Popen(
        [sys.executable, "-c", BECOME + code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def run(code: str, *arguments: object) -> str:
    """The same, waited for; what it printed."""
    with start(code, *arguments) as process:
        printed, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        return printed
