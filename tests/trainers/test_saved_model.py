"""trainers.saved_model: a run leaves its model behind, and it does again what it did there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.documents import example
from tests.support.memory import CPU, QUICK, Memory
from trainers import load_run
from trainers.config import ConfigError, RunConfig
from trainers.model_files import ModelFileError, ModelFiles, megabytes
from trainers.plan.plan import checked_keep
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data
from trainers.tape import Diverged
from trainers.train import train

pytestmark = pytest.mark.usefixtures("terse")

QUICK = replace(QUICK, batch_size=25)
WAVY = replace(QUICK, epochs=3, eval_every=5, lr=0.2)
"""30 steps and 6 evaluations, of which the last is not the best."""


def kept(folder: Path, config: RunConfig, data: Data, *which: str) -> Memory:
    memory = Memory()
    train(config, data, CPU, memory, models=ModelFiles(folder, "r", config, which))
    return memory


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "models" / "r").glob("*")}


@pytest.mark.parametrize("config", [WAVY, replace(WAVY, model="lenet"),
                                    replace(WAVY, precision="bf16", dropout=(0.5,))],
                         ids=["mlp", "lenet", "bf16"])  # fmt: skip
@pytest.mark.thorough
def test_a_loaded_model_gives_the_accuracy_that_was_recorded(
    tmp_path: Path, tiny_mnist: Data, config: RunConfig
) -> None:
    memory = kept(tmp_path, config, tiny_mnist, "best", "last")
    accuracies = dict(memory.points["test_accuracy"])
    for which in ("best", "last"):
        run = load_run(tmp_path, "r", which)
        right = (run.predict(tiny_mnist.test_images) == tiny_mnist.test_y).double().mean()
        assert right.item() == pytest.approx(accuracies[run.step])
        assert run.test_accuracy == accuracies[run.step]
    assert run.step == 30
    assert load_run(tmp_path, "r").test_accuracy == max(list(accuracies.values())[1:])


def test_a_model_that_learnt_from_plain_pixels_is_given_plain_pixels(
    tmp_path: Path, tiny_mnist: Data
) -> None:
    pixels = tiny_mnist.test_images.float().unsqueeze(1) / 255
    plain = replace(tiny_mnist, train_x=pixels, train_y=tiny_mnist.test_y, test_x=pixels)
    memory = kept(tmp_path, replace(QUICK, normalize=False), plain, "last")
    right = load_run(tmp_path, "r", "last").predict(pixels) == plain.test_y
    assert right.double().mean().item() == pytest.approx(memory.points["test_accuracy"][-1][1])


def test_the_lines_of_the_readme_load_a_model(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "relu-kaiming_normal"
    experiment = tmp_path / "runs" / "NAME"
    experiment.mkdir(parents=True)
    models = ModelFiles(experiment, name, QUICK)
    train(QUICK, tiny_mnist, CPU, Memory(), models=models)
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"images": tiny_mnist.test_images}
    exec(example("import load_run"), space)
    right = space["run"].predict(space["images"]) == tiny_mnist.test_y
    assert right.double().mean().item() == pytest.approx(space["run"].test_accuracy)


def test_what_is_kept_is_recorded_with_its_size(tmp_path: Path, tiny_mnist: Data) -> None:
    memory = kept(tmp_path, QUICK, tiny_mnist, "best", "last")
    step, files = memory.media["models"][-1]
    assert step == 20
    assert {file["file"] for file in files} == names(tmp_path) == {"best.pt", "last.pt"}
    for file in files:
        assert file["bytes"] == (tmp_path / "models" / "r" / file["file"]).stat().st_size
    assert megabytes([QUICK], ("best", "last")) == pytest.approx(2 * 4 * 199_210 / 1e6)


@pytest.mark.parametrize(
    ("which", "files"),
    [
        (("none",), set()),
        (("last",), {"last.pt"}),
        (("all",), {"step-000000.pt", "step-000010.pt", "step-000020.pt"}),
    ],
)
def test_what_is_asked_for_is_kept_and_nothing_else(
    tmp_path: Path, tiny_mnist: Data, which: tuple[str, ...], files: set[str]
) -> None:
    kept(tmp_path, QUICK, tiny_mnist, *which)
    assert names(tmp_path) == files


@pytest.mark.parametrize("which", [["best", "none"], ["first"]])
def test_what_cannot_be_kept_is_refused_in_one_sentence(which: list[str]) -> None:
    with pytest.raises(ConfigError, match=f"--keep .*{which[-1]}.* is not allowed"):
        checked_keep(which)


def test_a_resumed_run_keeps_its_best_model_unless_a_better_one_comes(tmp_path: Path) -> None:
    weights = {"w": torch.ones(1)}
    ModelFiles(tmp_path, "r", QUICK).keep(5, 0.9, 0.1, weights)
    later = ModelFiles(tmp_path, "r", QUICK)
    later.resume(5)
    files = {file["file"]: file["step"] for file in later.keep(10, 0.8, 0.1, weights)}
    assert files == {"best.pt": 5, "last.pt": 10}
    assert later.keep(15, 0.9, 0.05, weights)[0]["step"] == 15


def test_a_run_that_begins_anew_removes_what_another_of_its_name_left(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path, "r", QUICK)
    files.keep(5, 0.9, 0.1, {"w": torch.ones(1)})
    files.resume(-1)
    assert not (tmp_path / "models").exists()


def test_a_run_that_is_somebody_elses_by_now_writes_nothing(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path, "r", QUICK)
    files.may_write = lambda: False
    assert files.keep(5, 0.9, 0.1, {"w": torch.ones(1)}) == []
    assert names(tmp_path) == set()


@pytest.mark.thorough
def test_the_members_of_a_stack_keep_what_each_keeps_alone(
    tmp_path: Path, tiny_mnist: Data
) -> None:
    configs = [WAVY, replace(WAVY, lr=0.05), replace(WAVY, lr=1e38)]
    names = ["fast", "slow", "wild"]
    ended: list[int] = []

    def end(member: int, why: Diverged | None) -> None:
        ended.append(member)

    for folder, batched in (("stack", False), ("batched", True)):
        (tmp_path / folder).mkdir()
        models = [ModelFiles(tmp_path / folder, n, c) for n, c in zip(names, configs, strict=True)]
        memories = [Memory() for _ in configs]
        train_stack(configs, tiny_mnist, CPU, memories, end, batched=batched, models=models)
        assert ended.pop() == 2
        assert [bool(memory.media["models"]) for memory in memories] == [True, True, False]
    (tmp_path / "alone").mkdir()
    for name, config in list(zip(names, configs, strict=True))[:2]:
        train(
            config, tiny_mnist, CPU, Memory(), models=ModelFiles(tmp_path / "alone", name, config)
        )
        for which in ("best", "last"):
            alone = load_run(tmp_path / "alone", name, which)
            stacked = load_run(tmp_path / "stack", name, which)
            batched_run = load_run(tmp_path / "batched", name, which)
            assert stacked.step == alone.step
            for key, weight in alone.model.state_dict().items():
                assert torch.equal(stacked.model.state_dict()[key], weight)
            assert batched_run.step == alone.step or which == "best"  # a near tie rounds otherwise
    size = (tmp_path / "stack" / "models" / "slow" / "last.pt").stat().st_size
    assert size == (tmp_path / "alone" / "models" / "slow" / "last.pt").stat().st_size


class Bomb:
    """What runs a program when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_model_that_somebody_sent_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "models" / "r" / "best.pt"
    file.parent.mkdir(parents=True)
    torch.save({"settings": Bomb(tmp_path / "it-ran")}, file)
    with pytest.raises(ModelFileError, match="is no model that a run has kept"):
        load_run(tmp_path, "r")
    assert not (tmp_path / "it-ran").exists()


@pytest.mark.parametrize(
    ("run", "which", "sentence"),
    [
        ("q", "best", "no run 'q' has kept a model in .*; there are: r"),
        ("r", "all", "run 'r' has kept no model 'all'; it has: best"),
        ("../../r", "best", "name no file of"),
        ("r", "../../secret", "name no file of"),
    ],
)
def test_a_model_that_is_not_there_is_said_in_one_sentence(
    tmp_path: Path, run: str, which: str, sentence: str
) -> None:
    file = tmp_path / "models" / "r" / "best.pt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    with pytest.raises(ModelFileError, match=sentence):
        load_run(tmp_path, run, which)


def test_images_of_another_shape_are_refused_in_one_sentence(
    tmp_path: Path, tiny_mnist: Data
) -> None:
    kept(tmp_path, replace(QUICK, epochs=1), tiny_mnist, "last")
    with pytest.raises(
        ModelFileError, match=r"images of shape \(2, 20, 20\) are not \(1, 28, 28\)"
    ):
        load_run(tmp_path, "r", "last").predict(torch.rand(2, 20, 20))
