"""trainers.tables.own_file and own_entries: a person's file of choices, and what is wrong with
one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dashboard.errors import UserError
from tests.support.launching import Launch, recorded
from tests.support.refusing import refused
from tests.support.tables import restored
from trainers.atlas import atlas
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.launcher.main import main
from trainers.stack.grouping import can_stack
from trainers.tables.choice import ChoiceError, make
from trainers.tables.datasets import DATASETS, load
from trainers.tables.own_file import TABLES, ChoicesError, load_choices

EVERYTHING = '''
import numpy as np
import torch
from torch import nn
from trainers.tables.activations import ACTIVATIONS as OURS

def cube(x, scale=1.0):
    """scale times x cubed

    and more"""
    return scale * x**3

class Bent(nn.Module):
    """a bend with a weight"""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.1))

    def forward(self, x):
        return torch.where(x > 0, x, self.a * x)

def instance(units, is_map, eps=0.01):
    "each channel of each image"
    return nn.InstanceNorm2d(units, eps=eps) if is_map else None

def tiny(weight, std=0.001):
    nn.init.normal_(weight, std=std)

def hinge(outputs, labels):
    return nn.functional.multi_margin_loss(outputs, labels)

def linear(spec):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, spec.n_classes))

def signs(parameters, lr, beta=0.0):
    "a step of lr against each gradient's sign"
    return torch.optim.SGD(parameters, lr=lr, momentum=beta)

def noise(data_dir):
    made = np.random.default_rng(0)
    pixels = made.integers(0, 256, (600, 28, 28), dtype=np.uint8)
    labels = np.arange(600) % 10
    return pixels[:400], labels[:400], pixels[400:], labels[400:]

ACTIVATIONS = {"cube": cube, "bent": Bent, "twice": OURS["relu"]}
NORMS = {"instance": instance}
INITS = {"tiny": tiny}
BIAS_INITS = {"half": lambda bias: bias.fill_(0.5)}
SCHEDULES = {"halving": lambda step, total: 0.5 ** (10 * step // total)}
LOSSES = {"hinge": hinge}
MODELS = {"linear": linear}
OPTIMIZERS = {"signs": signs, "rms": torch.optim.RMSprop}
DATASETS = {"noise": noise}
'''


@pytest.fixture(autouse=True)
def _only_here() -> Iterator[None]:
    """Whatever joins the tables leaves them again."""
    with restored():
        yield


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return file


def test_every_table_takes_a_persons_entries(tmp_path: Path) -> None:
    added = load_choices(written(tmp_path, EVERYTHING))
    assert added == [
        "cube", "bent", "twice", "instance", "tiny", "half", "hinge", "noise", "linear", "signs",
        "rms", "halving",
    ]  # fmt: skip
    assert TABLES["ACTIVATIONS"][0]["cube"].says == "scale times x cubed"
    assert TABLES["ACTIVATIONS"][0]["cube"].source == "mine.py"


def test_parameters_with_a_default_can_be_set_like_those_of_our_own(tmp_path: Path) -> None:
    load_choices(written(tmp_path, EVERYTHING))
    cube = make("cube:scale=0.5", TABLES["ACTIVATIONS"][0], "activation")
    assert cube(torch.tensor([2.0])).tolist() == [4.0]
    weight = torch.zeros(200, 200)
    make("tiny:std=0.1", TABLES["INITS"][0], "init")(weight, None)
    assert weight.std().item() == pytest.approx(0.1, rel=0.05)


def test_a_loss_that_gives_a_mean_can_be_summed_and_split_by_sample(tmp_path: Path) -> None:
    load_choices(written(tmp_path, EVERYTHING))
    hinge = make("hinge", TABLES["LOSSES"][0], "loss")
    outputs, labels = torch.randn(5, 10), torch.arange(5)
    oracle = torch.nn.functional.multi_margin_loss(outputs, labels, reduction="none")
    for reduction, expected in (("none", oracle), ("sum", oracle.sum()), ("mean", oracle.mean())):
        torch.testing.assert_close(hinge(outputs, labels, reduction=reduction), expected)


def test_a_model_of_plain_modules_takes_the_init_that_was_chosen(tmp_path: Path) -> None:
    load_choices(written(tmp_path, EVERYTHING))
    model = build_for(RunConfig(model="linear", init="constant:value=0.25"))
    assert [layer.name for layer in model.layers] == ["1"]  # type: ignore[union-attr]
    assert set(model.layers[0].weight.flatten().tolist()) == {0.25}  # type: ignore[index, union-attr]


def test_an_optimizer_may_be_a_function_or_a_class_and_takes_its_parameters(tmp_path: Path) -> None:
    load_choices(written(tmp_path, EVERYTHING))
    table = TABLES["OPTIMIZERS"][0]
    weight = torch.nn.Parameter(torch.ones(2))
    signs = make("signs:beta=0.5", table, "optimizer")([weight], 0.2)
    assert (signs.defaults["lr"], signs.defaults["momentum"]) == (0.2, 0.5)
    rms = make("rms:alpha=0.9,centered=true", table, "optimizer")([weight], 0.2)
    assert [rms.defaults[key] for key in ("lr", "alpha", "centered")] == [0.2, 0.9, True]
    with pytest.raises(ChoiceError, match="has no parameter 'lr'"):
        make("rms:lr=1", table, "optimizer")


def test_a_persons_model_is_stacked_only_where_its_entry_says_so(tmp_path: Path) -> None:
    text = "from trainers.tables.models import MODELS as OURS\nMODELS = {'again': OURS['mlp']}\n"
    load_choices(written(tmp_path, EVERYTHING + text.replace("MODELS =", "MODELS |=")))
    assert can_stack(RunConfig(model="again"))
    assert not can_stack(RunConfig(model="linear"))
    assert not can_stack(RunConfig(optimizer="rms"))


def test_a_model_made_for_a_persons_own_data_set_is_taken_with_it(tmp_path: Path) -> None:
    small = EVERYTHING.replace("28, 28", "4, 6").replace("784", "24")
    load_choices(written(tmp_path, small))
    assert DATASETS["noise"].input_shape == (1, 4, 6)
    model = build_for(RunConfig(dataset="noise", model="linear"))
    assert model(load("noise").test_x).shape == (200, 10)


def test_a_data_set_of_arrays_is_scaled_by_its_own_mean_and_spread(tmp_path: Path) -> None:
    load_choices(written(tmp_path, EVERYTHING))
    data = load("noise")
    assert data.classes == tuple("0123456789")
    assert data.train_x.mean().item() == pytest.approx(0, abs=1e-4)
    assert data.train_x.std().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.thorough
def test_the_atlas_draws_a_persons_own_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.atlas.inits.INPUTS", 8)  # of the signal, nearly all of the work
    load_choices(written(tmp_path, EVERYTHING))
    drawn = atlas()
    assert {"cube", "bent"} <= drawn["activations"]["entries"].keys()
    assert "tiny" in drawn["inits"]["entries"]
    curve = drawn["losses"]["hinge"]
    assert curve["loss"][0] > curve["loss"][-1] == 0  # the surer of the true class, the less


REFUSING = """
import torch

class Bend(torch.nn.Module):
    def __init__(self, scale=1.0):
        super().__init__()
        if scale <= 0:
            raise ValueError("scale must be greater than 0")

    def forward(self, x):
        return x

def flat(weight):
    if weight.dim() != 2:
        raise ValueError("flat fills linear weights only")

ACTIVATIONS = {"bend": Bend}
INITS = {"flat": flat}
"""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (RunConfig(activation="bend:scale=-1"), "activation bend:scale=-1: scale must be greater"),
        (RunConfig(model="lenet", init="flat"), "model lenet: flat fills linear weights only"),
    ],
)
def test_what_an_entry_of_the_file_refuses_is_a_persons_mistake(
    settings: RunConfig, said: str, tmp_path: Path
) -> None:
    load_choices(written(tmp_path, REFUSING))
    with pytest.raises(UserError, match=said):
        build_for(settings)


WRONG = {
    "x = 1": (
        1,
        "it has no dict called ACTIVATIONS, NORMS, INITS, BIAS_INITS, LOSSES, DATASETS, ",
    ),
    "def (": (1, "SyntaxError"),
    "\nimport not_there_at_all": (2, "ModuleNotFoundError: No module named 'not_there_at_all'"),
    "ACTIVATIONS = {\n 'relu': abs}": (2, "ACTIVATIONS has 'relu' already"),
    "ACTIVATIONS = {\n\n 'a+b': abs}": (3, "ACTIVATIONS has the name 'a+b'"),
    "ACTIVATIONS = {3: abs}": (1, "ACTIVATIONS has the name 3"),
    "def f(x):\n return 1 / 0\nACTIVATIONS = {'f': f}": (2, "f cannot be used (ZeroDivisionError"),
    "def f(x):\n return x[0]\nACTIVATIONS = {'f': f}": (3, "must give a tensor of shape (2, 3)"),
    "INITS = {'i': 3}": (1, "i cannot be used (TypeError: it must be a function, not int)"),
    "LOSSES = {'l': lambda o, y: o}": (1, "a loss must give a tensor of shape ()"),
    "MODELS = {'m': lambda spec: 3}": (1, "a model must be an nn.Module, not int"),
    "DATASETS = {'d': lambda where: (1, 2)}": (1, "a data set must give 4 arrays, not 2"),
    "OPTIMIZERS = {'o': lambda ps, lr: 3}": (1, "must be a torch.optim.Optimizer, not int"),
    "OPTIMIZERS = {'o': lambda ps: 3}": (1, "o cannot be used (TypeError"),
    "from trainers.tables.models import Model\nMODELS = {'m': Model("
    "lambda spec: __import__('torch').nn.Linear(28, 10), '', '', stackable=True)}": (
        2,
        "m cannot be used (a model must give a tensor of shape",
    ),
    "from torch import nn\nfrom trainers.tables.models import Model\nMODELS = {'m': Model("
    "lambda spec: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), '', '', stackable=True)}": (
        3,
        "its entry says stackable, but it is no Sequence or TensorMLP",
    ),
    "from trainers.tables.datasets import DATASETS as D\n"
    "DATASETS = {'d': D['mnist']._replace(mean=(0.1, 0.2))}": (
        2,
        "mean and std must be tuples of 1, one for each channel",
    ),
    "import sys\nsys.exit(3)": (1, "it ends the program"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_the_file_is_said_with_its_line(text: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    line, what = WRONG[text]
    with pytest.raises(ChoicesError) as caught:
        load_choices(file)
    message = str(caught.value)
    assert message.startswith(f"--choices {file}, line {line}: ")
    assert what in message
    assert "\n" not in message


@pytest.mark.usefixtures("main_here")
def test_a_mistake_in_the_file_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "ACTIVATIONS = {'relu': abs}")
    said = refused(["--choices", str(file), "--dry-run"], capfd)
    assert "line 1: ACTIVATIONS has 'relu' already" in said


@pytest.mark.usefixtures("main_here")
def test_own_choices_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--choices", str(written(tmp_path, EVERYTHING)), "--list"]) == 0
    assert "cube             scale times x cubed" in capsys.readouterr().out


def test_own_choices_are_trained_in_a_grid_with_ours(launch: Launch, tmp_path: Path) -> None:
    file = written(tmp_path, EVERYTHING)
    trained = launch(
        "--choices", str(file), "--dataset", "noise", "--activation", "cube:scale=0.1", "bent",
        "relu", "--init", "tiny:std=0.05", "--loss", "hinge", "--epochs", "1", "--no-dashboard",
        "--optimizer", "rms:alpha=0.9", "--experiment", "own", "--workers", "1", "--threads", "1",
    )  # fmt: skip
    assert trained.ends() == 0, trained.said
    runs = recorded(tmp_path, "own").runs
    assert [run.state for run in runs] == ["done"] * 3
    assert [run.config["activation"] for run in runs] == ["cube:scale=0.1", "bent", "relu"]
