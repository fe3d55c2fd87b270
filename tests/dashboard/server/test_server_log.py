"""dashboard.server.server_log: what the server says is kept, once, in a file that stays small."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dashboard.server import server_log
from dashboard.server.process import Server
from dashboard.server.server_log import MOST_BYTES, ServerLog, open_log
from tests.support.servers import serving

WORDS = "".join(f"line {number} of what was said before\n" for number in range(200_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def log(path: Path) -> Iterator[ServerLog]:
    with open_log(path) as file:
        yield ServerLog(file.fileno())


def said(path: Path) -> list[str]:
    """The lines without their dates."""
    return [line[20:] for line in path.read_text().splitlines()]


def test_a_text_that_comes_again_is_said_once_with_a_count(log: ServerLog, path: Path) -> None:
    for _ in range(5000):
        print("the door is stuck", file=log)
        print("so is the window", file=log)
    log.settle()
    print("the door is stuck", file=log)
    assert said(path) == [
        "the door is stuck",
        "so is the window",
        "4,999 more times: the door is stuck",
        "4,999 more times: so is the window",
        "the door is stuck",
    ]


def test_after_a_while_the_same_text_is_written_again(
    log: ServerLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_log, "SAME_AGAIN_S", 0.0)
    for _ in range(2):
        print("the door is stuck", file=log)
    assert said(path) == ["the door is stuck"] * 2


def test_a_great_many_different_texts_stay_within_the_bound(log: ServerLog, path: Path) -> None:
    for number in range(40_000):
        print(f"text {number} " + "ö" * 40, file=log)
        if number % 1000 == 0:
            assert path.stat().st_size <= MOST_BYTES
    lines = said(path)
    assert path.stat().st_size > MOST_BYTES // 4
    assert lines[-1].startswith("text 39999 ")
    assert all(line.startswith("text ") for line in lines), "none was cut in two"


@pytest.mark.parametrize("text", ["x" * 10**6, "x" * 10**6 + "\n", "\ud800\n", "\n\n", ""])
def test_no_text_is_too_odd_to_be_kept_short(log: ServerLog, path: Path, text: str) -> None:
    assert log.write(text) == len(text)
    assert path.stat().st_size < 10_000


def test_threads_do_not_mix_their_texts(log: ServerLog, path: Path) -> None:
    def speak(name: str) -> None:
        for number in range(300):
            log.write(f"{name} {number}\n")

    speakers = [threading.Thread(target=speak, args=(name,)) for name in "abcd"]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    assert sorted(said(path)) == sorted(f"{name} {n}" for name in "abcd" for n in range(300))


def test_a_log_that_an_earlier_version_let_grow_keeps_its_last_half(path: Path) -> None:
    path.write_text(WORDS)
    open_log(path).close()
    kept = path.read_text()
    assert MOST_BYTES // 4 < len(kept) <= MOST_BYTES
    assert kept.startswith("line ")
    assert WORDS.endswith(kept)


def test_a_file_that_cannot_be_read_is_bounded_all_the_same(path: Path) -> None:
    path.write_text(WORDS)
    with path.open("ab") as file:
        print("the latest", file=ServerLog(file.fileno()))
    assert said(path) == ["the latest"]


def test_nothing_is_logged_when_the_disk_is_nearly_full(
    log: ServerLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_log, "SPARE_BYTES", 2**62)
    print("not worth the last bytes", file=log)
    with open_log(path) as file:
        file.write(b"nor is this")
    assert path.read_text() == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_full_disk_is_no_error() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        print("there is no room for this", file=ServerLog(descriptor))
    finally:
        os.close(descriptor)


# The running server


def fail(server: Server, number: int) -> None:
    """A request that makes Visdom fail, which the server says at length."""
    body = b'{"eid": "main", "win": "w", "data": []}'
    with pytest.raises(HTTPError, match="500"):
        urlopen(Request(f"{server.url}/events?none{number}", body, server.headers), timeout=5)


def test_the_servers_log_stays_within_its_bound(path: Path) -> None:
    path.write_text(WORDS)
    with serving(8540, path) as server:
        assert path.stat().st_size <= MOST_BYTES
        path.write_text(WORDS[: MOST_BYTES - 2**14])
        for number in range(20):
            fail(server, number)
        assert path.stat().st_size <= MOST_BYTES
    assert "none19" in path.read_text()
    assert "Traceback" in path.read_text()


def test_the_same_failure_is_told_once_until_the_server_ends(path: Path) -> None:
    with serving(8540, path) as server:
        for _ in range(20):
            fail(server, 1)
    text = path.read_text()
    assert text.count("Traceback") <= 2, "ten seconds may have passed on a busy machine"
    assert " more times: " in text


def test_the_server_writes_nothing_beside_a_record_on_a_disk_that_is_nearly_full(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.PIPE).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        with serving(8540, disk / "log") as server:
            fail(server, 1)
        assert (disk / "log").stat().st_size == 0
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
