"""trainers.watch: what autolog records of a person's own loop, in which it leaves no trace."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dashboard import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import forecasts
from dashboard.runs.verdict import verdicts
from tests.support.documents import example
from tests.support.reading import read
from trainers import autolog
from trainers.watch import Watch

STEPS, CLASSES = 40, 5
X = torch.randn(300, 20, generator=torch.Generator().manual_seed(0))
Y = X[:, :CLASSES].argmax(1)
Make = Callable[[], nn.Module]


def mlp() -> nn.Module:
    """With dropout and a batch norm, of which another, frozen one evaluates all the time."""
    frozen = nn.BatchNorm1d(20).eval()
    return nn.Sequential(
        frozen, nn.Linear(20, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, CLASSES),
    )  # fmt: skip


class Sampling(nn.Module):
    """Draws random numbers and counts its calls whatever the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(20, CLASSES)
        self.calls: Tensor
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> tuple[Tensor, str]:
        self.calls += 1
        return self.layer(x + 0.1 * torch.randn_like(x)), "and more"


def train(model: nn.Module, watch: Callable[[torch.optim.Optimizer], Watch] | None) -> list[Tensor]:
    """Everything that training leaves, after STEPS of it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    watching = watch(optimizer) if watch else None
    for step in range(STEPS):
        batch = torch.randint(len(X), (32,))
        out = model(X[batch])
        loss = F.cross_entropy(out[0] if isinstance(out, tuple) else out, Y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert step == STEPS - 1 or watching is None or watching.step == step + 1
    if watching:
        watching.close()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    modes = torch.tensor([module.training for module in model.modules()])
    return [*model.state_dict().values(), *grads, modes, torch.get_rng_state()]


@pytest.mark.parametrize("make", [mlp, Sampling], ids=["mlp", "sampling"])
@pytest.mark.parametrize("total_steps", [STEPS, 0])
def test_a_watched_loop_trains_bit_for_bit_as_an_unwatched_one(
    make: Make, total_steps: int, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    alone = train(make(), None)
    torch.manual_seed(1)
    model = make()
    with Recorder(tmp_path, "r") as run:
        watched = train(model, lambda optimizer: autolog(
            model, optimizer, F.cross_entropy, X, Y, run, total_steps=total_steps, every=7,
            batch_size=2000,
        ))  # fmt: skip
    assert len(alone) == len(watched)
    for one, other in zip(alone, watched, strict=True):
        assert torch.equal(one, other)
    assert read(tmp_path).runs[0].lines["signal/update_ratio/" + ("1" if make is mlp else "layer")]


def watched(folder: Path, model: nn.Module, steps: int = STEPS, every: int = 0) -> Experiment:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Recorder(folder, "r") as run, autolog(
        model, optimizer, F.cross_entropy, X, Y, run, total_steps=STEPS, every=every
    ):  # fmt: skip
        for step in range(1, steps + 1):
            loss = F.cross_entropy(model(X), Y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.scalar("train_loss", step, loss)
    return read(folder)


def test_its_numbers_are_what_torch_says_of_the_model(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(20, 8)
    model = nn.Sequential(layer, nn.ReLU(), nn.Linear(8, CLASSES))
    z = layer(X[:256])
    loss = F.cross_entropy(model(X[:256]), Y[:256])
    gradient = torch.autograd.grad(loss, layer.weight)[0]
    (view,) = watched(tmp_path, model, every=10).runs
    first = {name: line.first_value for name, line in view.lines.items()}
    assert first["signal/preactivation_std/0"] == pytest.approx(
        z.std(correction=0).item(), rel=1e-5
    )
    assert first["signal/gradient_norm/0"] == pytest.approx(gradient.norm().item(), rel=1e-5)
    assert first["signal/dead_share/0"] == (z < 0).all(0).double().mean()
    assert view.lines["signal/gradient_norm/0"].drawn()[0].tolist() == [0, 10, 20, 30, 40]
    assert view.lines["signal/early_accuracy/all"].drawn()[0].tolist() == [1, 2, 4]
    assert view.class_names() == list("01234")
    assert view.data("model")["model"] == "Sequential"
    assert view.data("distribution")["layers"].keys() == {"0", "2"}
    assert (view.total_steps, len(forecasts(view))) == (STEPS, 3)


def test_a_cause_that_our_runs_have_a_verdict_for_has_it_here_too(tmp_path: Path) -> None:
    layers = [part for _ in range(8) for part in (nn.Linear(20, 20), nn.Sigmoid())]
    model = nn.Sequential(*layers, nn.Linear(20, CLASSES))
    for layer in layers[::2]:
        nn.init.normal_(layer.get_parameter("weight"), std=0.01)
    (verdict,) = verdicts(watched(tmp_path, model, every=STEPS))
    assert verdict.kind == "vanishing gradient"


def test_the_end_is_looked_at_and_no_hook_is_left(tmp_path: Path) -> None:
    model = mlp()
    experiment = watched(tmp_path, model, steps=13, every=10)
    assert experiment.runs[0].lines["signal/gradient_norm/1"].last_step == 13
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_the_hook_of_the_optimizer_goes_with_the_watch(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, "r") as run:
        with autolog(model, optimizer, F.cross_entropy, X, Y, run) as watch:
            F.cross_entropy(model(X), Y).backward()
            optimizer.step()
        optimizer.step()
    assert watch.step == 1


def test_the_update_is_that_of_the_rate_that_a_schedule_has_come_to(tmp_path: Path) -> None:
    model = nn.Linear(20, CLASSES)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    ratios = []
    for i, rate in enumerate((0.1, 0.2)):
        optimizer.param_groups[0]["lr"] = rate
        with Recorder(tmp_path / str(i), "r") as run:
            autolog(model, optimizer, F.cross_entropy, X, Y, run).close()
        (view,) = read(tmp_path / str(i)).runs
        (name,) = (name for name in view.lines if name.startswith("signal/update_ratio"))
        ratios.append(view.lines[name].first_value)
    assert ratios[1] == pytest.approx(2 * ratios[0], rel=1e-5)
    assert optimizer.defaults["lr"] == 0.1


class Breaks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(20, CLASSES)
        self.broken = False

    def forward(self, x: Tensor) -> Tensor:
        if self.broken and not self.training:
            raise RuntimeError("only while training")
        return self.layer(x)


@pytest.mark.parametrize("broken", [True, False])
def test_what_cannot_be_measured_is_said_once_and_the_loop_goes_on(
    broken: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = Breaks()
    model.broken = broken
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with caplog.at_level(logging.WARNING, "dashboard"), Recorder(tmp_path, "r") as run:
        with autolog(model, optimizer, F.cross_entropy, X, Y, run, every=1):
            model.broken = True
            for _ in range(3):
                F.cross_entropy(model(X), Y).backward()
                optimizer.step()
        run.scalar("train_loss", 3, 1.0)
    what = "look into" if broken else "measure"
    said = [message.getMessage() for message in caplog.records]
    assert said == [
        f"Trainboard, run r: autolog could not {what} the model (RuntimeError: only while "
        "training); the training goes on; this is said once"
    ]
    assert read(tmp_path).runs[0].state == "done"


@pytest.mark.parametrize(
    ("model", "x", "y", "loss_of"),
    [
        (nn.Linear(20, 3), X, torch.randn(300, 3), F.mse_loss),
        (nn.Conv2d(1, 4, 3, padding=1), torch.randn(300, 1, 6, 6), torch.randint(4, (300, 6, 6)),
         F.cross_entropy),
        (nn.Sequential(nn.Embedding(9, 8), nn.Flatten(), nn.Linear(48, 5)),
         torch.randint(9, (300, 6)), Y, F.cross_entropy),
    ],
    ids=["numbers", "a class for each pixel", "token ids"],
)  # fmt: skip
def test_targets_and_inputs_may_be_of_other_kinds(
    model: nn.Module, x: Tensor, y: Tensor, loss_of: Callable[..., Tensor], tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters())
    with Recorder(tmp_path, "r") as run, autolog(
        model, optimizer, loss_of, x, y, run, total_steps=1000
    ):  # fmt: skip
        loss_of(model(x), y).backward()
        optimizer.step()
    assert not caplog.records
    (view,) = read(tmp_path).runs
    quantities = {name.split("/")[1] for name in view.lines}
    assert {"gradient_norm", "update_ratio", "preactivation_std", "constant_loss"} <= quantities
    assert ("label_growth" in quantities) == (y is Y)


def test_the_example_of_the_readme_gets_a_forecast_and_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(example("# with_autolog.py"), {})
    experiment = read(tmp_path / "runs" / "with_autolog")
    (view,) = experiment.runs
    assert view.state == "done"
    assert "trial" in forecasts(view)[0].evidence
    assert [verdict.kind for verdict in verdicts(experiment)] == ["healthy"]
