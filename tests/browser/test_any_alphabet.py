"""Whoever comes from the notes: their script with a stock client, and names in their own language,
with a launcher as it is started.
"""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import visdom
from playwright.sync_api import Page, expect

from dashboard import Recorder
from tests.support.launching import LAUNCH, Launch
from tests.support.page import chart, plot_shows, wait_for_windows, window
from tests.support.scripts import Script

OpenPage = Callable[[str], Page]

SCRIPT = """
import sys
import torch
from torch import nn
from visdom import Visdom

net = nn.Sequential(nn.Linear(784, 20), nn.LeakyReLU(inplace=True), nn.Linear(20, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
criteon = nn.CrossEntropyLoss()
viz = Visdom(port=int(sys.argv[1]), env=sys.argv[2])
viz.line([0.], [0.], win='train_loss', opts=dict(title='train loss'))
viz.line([[0.0, 0.0]], [0.], win='test', opts=dict(title='test loss&acc.',
                                                   legend=['loss', 'acc.']))
data, target = torch.rand(200, 1, 28, 28), torch.randint(10, (200,))
for global_step in range(1, 21):
    logits = net(data.view(-1, 28 * 28))
    loss = criteon(logits, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    viz.line([loss.item()], [global_step], win='train_loss', update='append')
pred = logits.argmax(dim=1)
correct = pred.eq(target).float().sum().item()
viz.line([[loss.item(), correct / len(data)]], [global_step], win='test', update='append')
viz.images(data[:32].view(-1, 1, 28, 28), win='x')
viz.text(str(pred.detach().cpu().numpy()), win='pred', opts=dict(title='pred'))
"""
"""What the notes do with Visdom, call by call, in a loop that takes a second."""


def run_script(folder: Path, port: int, environment: str) -> None:
    file = folder / "notes.py"
    file.write_text(SCRIPT)
    script = Script(file, str(port), environment, folder=folder).ends()
    assert script.returncode == 0, script.stderr
    assert "Exception" not in script.stdout + script.stderr


def draw_as_a_client(port: int, environment: str) -> None:
    """A line of 21 points, as a stock client draws it."""
    viz = visdom.Visdom(
        port=port, env=environment, use_incoming_socket=False, raise_exceptions=True
    )
    viz.line([0.0], [0.0], win="train_loss")
    for step in range(1, 21):
        viz.line([1 / step], [step], win="train_loss", update="append")


def base_of(url: str) -> str:
    return url.partition("/env/")[0].rstrip("/")


def test_the_script_of_the_notes_draws_on_a_launchers_page(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    with Recorder(tmp_path / "runs" / "mine", "adam") as run:
        run.scalar("train_loss", 1, 1.0)
    view = launch("view", "--no-browser")
    view.says("dashboard: ")
    base = base_of(view.url)
    page = open_page(f"{base}/env/main")
    run_script(tmp_path, int(base.rpartition(":")[2]), "main")
    wait_for_windows(page, ("train_loss", "test", "x", "pred"))
    plot_shows(page, "train_loss", "plot.data[0].x.length === 21")
    plot_shows(page, "test", "plot.data.map(trace => trace.name).join() === 'loss,acc.'")
    for name in ("x", "pred"):
        window(page, name).scroll_into_view_if_needed()
    expect(window(page, "x").locator("img")).to_be_visible()
    expect(window(page, "pred")).to_contain_text("[")


# Visdom's client logs by a method that Python has renamed.
@pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated")
def test_experiments_runs_and_environments_may_be_named_in_any_alphabet(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    experiment, run_name = "实验一: 激活函数", "卷积/lr 0.1"
    for name in (run_name, "全连接"):
        with Recorder(tmp_path / "runs" / experiment, name, {"网络": name}) as run:
            run.scalars("train_loss", 1, [2.0, 1.0])
            run.images("x", 2, np.full((4, 6, 6), 0.5))
    view = launch("view", experiment, "--baseline", run_name, "--no-browser")
    view.says(f"/env/{quote(f'{experiment}_compare', safe=':')}\n")
    page = open_page(view.url)
    expect(chart(page, "train_loss")).to_be_visible()
    expect(window(page, "leaderboard")).to_contain_text(run_name)
    window(page, "leaderboard").get_by_role("link", name=run_name).first.click()
    expect(chart(page, "train_loss")).to_be_visible()
    expect(window(page, "x").locator("img")).to_be_visible()
    base = base_of(view.url)
    page.goto(f"{base}/env/{experiment}_全连接")
    expect(chart(page, "train_loss")).to_be_visible()
    page.goto(base + "/")
    expect(page.get_by_role("link", name=experiment, exact=True)).to_be_visible()
    draw_as_a_client(int(base.rpartition(":")[2]), "笔记/一: 线")
    page.goto(f"{base}/env/{quote('笔记/一: 线', safe='')}")
    plot_shows(page, "train_loss", "plot.data[0].x.length === 21")

    export = [sys.executable, str(LAUNCH), "export", experiment, "--to", "结果"]
    subprocess.run(export, cwd=tmp_path, check=True, timeout=120, capture_output=True)
    with (tmp_path / "结果" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        assert {row["run"] for row in csv.DictReader(file)} == {run_name, "全连接"}
