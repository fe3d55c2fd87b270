"""When the windows of a page came, in a browser as a person has it: nothing looks into it.

What drives a browser in tests listens to all that its scripts do, and with that alone plotly's file
takes four times as long to run. So the page notes by itself when its windows came, and is asked in
the end. It knows our page and Visdom's; what an open page costs is bench_page.py's.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tornado.websocket import websocket_connect

from tests.support.chromium import ARGUMENTS, SIZE, chromium_path
from tests.support.launching import until

SETTLED_S = 2.0  # after the browser's own start
# Each window, and the content of each, is noted when it is first there; both pages call them alike.
# A window is in sight if its upper edge is on the screen in the end.
NOTE = """(() => {
  const first = new Map();
  const CONTENT = '.main-svg, table, img, p:not(.trouble)';
  const look = () => {
    for (const frame of document.querySelectorAll('.window')) {
      const note = first.get(frame) ?? {};
      note.frame ??= performance.now();
      if (!note.content && frame.querySelector(CONTENT)) note.content = performance.now();
      first.set(frame, note);
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  window.openingNotes = () => [...first].map(([frame, { frame: came, content = null }]) => {
    const { top, height } = frame.getBoundingClientRect();
    return { came, content, seen: height > 0 && top < innerHeight };
  });
})()"""


@dataclass
class Opening:
    """Seconds since the address was opened. seen_s: until every window on the screen has its
    content; all_s: until every window is there, with its content where it was drawn.
    """

    seen_s: float
    all_s: float
    windows: int


def opening(url: str, for_s: float) -> Opening:
    """Open the address in a browser that has nothing stored, and watch it for so long."""
    with _browser() as port:
        notes = asyncio.run(_notes(port, url, for_s))
    seen_ms = [note["content"] or note["came"] for note in notes if note["seen"]]
    all_ms = [note["content"] or note["came"] for note in notes]
    return Opening(max(seen_ms, default=0) / 1000, max(all_ms, default=0) / 1000, len(notes))


@contextmanager
def _browser() -> Iterator[int]:
    """A browser of its own, with an empty profile; the port on which it takes orders."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder, "log")
        size = f"--window-size={SIZE['width']},{SIZE['height']}"
        command = [chromium_path(), "--headless", *ARGUMENTS, size, f"--user-data-dir={folder}"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--remote-debugging-port=0"],
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            until(lambda: "DevTools listening" in log.read_text(), 60)
            yield int(re.findall(r"listening on ws://[^:]+:(\d+)/", log.read_text())[0])
        finally:
            # The command may be a script that waits for the browser: both are told.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            until(lambda: not _lives(process.pid), 60)


def _lives(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


async def _notes(port: int, url: str, for_s: float) -> list[dict[str, Any]]:
    await asyncio.sleep(SETTLED_S)
    tab = requests.put(f"http://127.0.0.1:{port}/json/new?about:blank", timeout=10).json()
    socket = await websocket_connect(tab["webSocketDebuggerUrl"])

    async def order(number: int, method: str, **parameters: Any) -> dict[str, Any]:
        await socket.write_message(
            json.dumps({"id": number, "method": method, "params": parameters})
        )
        while True:
            answer = json.loads(await socket.read_message() or "{}")
            if answer.get("id") == number:
                return dict(answer["result"])

    await order(0, "Page.enable")
    await order(1, "Page.addScriptToEvaluateOnNewDocument", source=NOTE)
    await order(2, "Page.navigate", url=url)
    await asyncio.sleep(for_s)
    asked = await order(3, "Runtime.evaluate", expression="openingNotes()", returnByValue=True)
    socket.close()
    return list(asked["result"]["value"])
