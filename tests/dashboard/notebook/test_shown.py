"""dashboard.show: the live page in a notebook's frame, and figures that need no server."""

import html
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import plotly.graph_objects
import psutil
import pytest
import requests

from dashboard import show
from dashboard.errors import UserError
from dashboard.notebook.figures import Figures
from dashboard.notebook.origin import PARENT, origins
from dashboard.notebook.shown import close_all
from tests.support.invented import invent
from tests.support.launching import ROOT, lives, until

AROUND = "http://localhost:8888"
KERNEL = """
import sys, time
from dashboard import show
shown = show("exp", runs_dir=sys.argv[1], origin="http://localhost:8888")
print(shown._repr_html_(), flush=True)
if sys.argv[2] == "waits":
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook") / "runs"
    for name in ("exp", "other"):
        invent(folder / name).record.close()
    return folder


@pytest.fixture(scope="module")
def _servers_end() -> Iterator[None]:
    yield
    close_all()


# Figures


@pytest.mark.parametrize("run", [None, "relu-normal"])
def test_figures_are_all_that_the_page_shows_in_one_document(
    runs_dir: Path, run: str | None
) -> None:
    shown = show("exp", run, runs_dir=runs_dir, static=True)
    assert isinstance(shown, Figures)
    assert shown.plots
    for plot in shown.plots.values():
        plotly.graph_objects.Figure(plot)  # raises for what Plotly's own class would not take
    frame = shown._repr_html_()
    inside = html.unescape(re.findall(r'srcdoc="(.*?)" title', frame, re.S)[0])
    assert inside == shown.html()
    assert inside.count("data-figure=") == len(shown.plots)
    assert "src=" not in re.sub(r'src="data:', "", shown.sections)


def test_figures_of_a_wrong_run_say_which_there_are(runs_dir: Path) -> None:
    with pytest.raises(UserError, match="exp has no run 'nobody': there are relu-"):
        show("exp", "nobody", runs_dir=runs_dir, static=True)


# Whose page is around it


def test_the_jupyter_server_that_started_us_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = SimpleNamespace(jupyter_runtime_dir=lambda: str(tmp_path))  # as a kernel has it
    monkeypatch.setitem(sys.modules, "jupyter_core", SimpleNamespace(paths=paths))
    monkeypatch.setitem(sys.modules, "jupyter_core.paths", paths)
    monkeypatch.setenv(PARENT, "77")
    (tmp_path / "jpserver-77.json").write_text(json.dumps({"url": "http://localhost:8890/lab"}))
    assert origins(None) == ("http://localhost:8890", "http://127.0.0.1:8890")


def test_without_one_the_origin_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    with pytest.raises(UserError, match="the page around this notebook is not known: give show"):
        origins(None)
    assert origins("http://Localhost:8888/") == (AROUND,)


@pytest.mark.parametrize(
    "origin", ["*", "localhost:8888", "http://a b", "http://h/path", "file:///", "http://*.h:1",
               "http://h;script-src *", "http://h:99999999"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(UserError, match="is no origin: write what stands in the address bar"):
        origins(origin)


# The live page


@pytest.mark.processes
@pytest.mark.usefixtures("_servers_end")
def test_one_server_shows_every_experiment_of_a_folder(runs_dir: Path) -> None:
    shown = [show(name, runs_dir=runs_dir, origin=AROUND) for name in ("exp", "other")]
    one_run = show("exp", "relu-normal", runs_dir=runs_dir, origin=AROUND, height=500)
    addresses = [re.findall(r'src="(\S+)"', frame._repr_html_())[0] for frame in (*shown, one_run)]
    assert len({address.partition("/env/")[0] for address in addresses}) == 1
    assert [address.rpartition("/")[2] for address in addresses] == [
        "exp_compare", "other_compare", "exp_relu-normal",
    ]  # fmt: skip
    assert "height:500px" in one_run._repr_html_()
    answer = requests.get(addresses[0], timeout=20)
    assert f"frame-ancestors {AROUND}" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    other = requests.get(addresses[0].partition("/env/")[0] + "/visdom/", timeout=20)
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


@pytest.mark.processes
@pytest.mark.parametrize("end", ["returns", "is killed"])
def test_the_server_ends_with_the_kernel(runs_dir: Path, end: str) -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(runs_dir), "waits" if end == "is killed" else ""],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert kernel.stdout
    with kernel, kernel.stdout:
        frame = kernel.stdout.readline()
        assert re.search(r'src="http://localhost:\d+/env/exp_compare"', frame)
        if end == "is killed":
            servers = psutil.Process(kernel.pid).children()
            assert servers
            os.kill(kernel.pid, signal.SIGKILL)
            until(lambda: not any(map(lives, servers)))
        assert kernel.wait(30) == (-signal.SIGKILL if end == "is killed" else 0)
    port = re.findall(r":(\d+)/", frame)[0]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/", timeout=5)
