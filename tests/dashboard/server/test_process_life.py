"""dashboard.server.process: the life and the death of the process that hosts Visdom."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from dashboard.program import ROOT
from dashboard.server.address import listen
from dashboard.server.process import Server, ServerError
from tests.support.launching import lives, until
from tests.support.servers import MakeServer, ask, kill

pytestmark = pytest.mark.processes


@pytest.mark.alone
def test_a_killed_server_is_back_on_its_port_within_three_seconds(running: Server) -> None:
    url = running.url
    kill(running)
    started_s = time.monotonic()
    assert running.restart_if_dead()
    running.wait_ready()
    assert time.monotonic() - started_s < 3
    assert (running.url, running.generation) == (url, 2)


def test_a_request_made_while_the_server_is_dead_is_answered_after_its_return(
    running: Server,
) -> None:
    kill(running)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(ask(running, "/trainboard/alive")))
    asking.start()
    until(running.restart_if_dead)
    asking.join(5)
    assert answers == ['{"watched": [], "session": false, "attention": {}}']


def test_a_server_that_lives_is_not_restarted(running: Server) -> None:
    assert not running.restart_if_dead()
    assert running.generation == 1


def test_a_server_that_keeps_dying_is_restarted_more_and_more_slowly(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = make_server()
    server.start()
    until(lambda: server.restart_if_dead() and server.generation == 3)
    until(lambda: not server.alive())
    started_s = time.monotonic()
    until(server.restart_if_dead)
    assert time.monotonic() - started_s > 0.3


def test_a_server_that_cannot_start_says_where_its_last_words_are(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = make_server()
    server.start()
    with pytest.raises(ServerError, match=r"ended at once.*server\.log"):
        server.wait_ready()


def test_a_stopped_server_gives_back_port_and_scratch_folder(running: Server) -> None:
    scratch = running._scratch
    assert scratch
    assert scratch.path.exists()
    running.stop()
    assert not running.alive()
    assert not scratch.path.exists()
    listen("127.0.0.1", running.port).close()
    assert not running.restart_if_dead()


@pytest.mark.alone
def test_a_frozen_server_is_stopped_all_the_same(running: Server) -> None:
    assert running.pid
    pid = running.pid
    os.kill(pid, signal.SIGSTOP)
    started_s = time.monotonic()
    running.stop(timeout_s=0.5)
    assert time.monotonic() - started_s < 2
    assert not psutil.pid_exists(pid)


def test_ctrl_c_in_the_terminal_does_not_end_the_server(running: Server) -> None:
    assert running.pid
    os.kill(running.pid, signal.SIGINT)
    assert ask(running, "/trainboard/alive")


LAUNCHER = """
import sys, time
from pathlib import Path
from dashboard.server.process import Server
server = Server("127.0.0.1", 0, named_port=False, log_path=Path(sys.argv[1]))
server.start()
server.wait_ready()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("state", [None, signal.SIGSTOP], ids=["running", "frozen and thawed"])
def test_the_server_ends_with_a_killed_launcher(tmp_path: Path, state: int | None) -> None:
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        host = psutil.Process(int(launcher.stdout.readline()))
        scratch = Path(host.cmdline()[host.cmdline().index("--env-path") + 1])
        if state is not None:
            host.send_signal(state)
        launcher.kill()
    if state is not None:
        host.send_signal(signal.SIGCONT)
    until(lambda: not lives(host), within_s=5)
    assert not scratch.exists()


def test_a_chatty_server_never_blocks_on_its_output(running: Server) -> None:
    for number in range(100):
        with pytest.raises(OSError, match="500"):
            ask(running, f"/events?{number}", {"eid": "main", "win": "w", "data": []})
    assert running.log_path.stat().st_size > 2**16, "more than a pipe holds"
    assert ask(running, "/trainboard/alive")


def test_importing_the_server_loads_neither_visdom_nor_tornado() -> None:
    code = (
        "import sys, dashboard.server.process; "
        "loaded = {name.split('.')[0] for name in sys.modules}; "
        "sys.exit(bool(loaded & {'visdom', 'tornado', 'torch'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_server_loads_none_of_what_visdoms_client_needs_which_is_there_for_who_asks() -> None:
    code = (
        "import sys, dashboard.server.app; "
        "heavy = {'numpy', 'PIL', 'requests', 'torch'}; "
        "assert not heavy & sys.modules.keys(); "
        "from visdom import Visdom, __version__; "
        "assert 'numpy' in sys.modules and Visdom.__init__ and __version__"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT).returncode == 0
