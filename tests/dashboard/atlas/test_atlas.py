"""trainers.atlas and dashboard.atlas: right numbers, the figures of the notes, all windows."""

import argparse
import json
import math
import threading
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dashboard.atlas.on_demand import WithAtlas
from dashboard.atlas.pieces import ENVIRONMENTS, caption_lines
from dashboard.atlas.scene import AtlasScene
from dashboard.board.messages import PAGE_COLUMNS, arrange
from dashboard.board.scene import Place
from dashboard.runs.facts import Facts, Layer
from dashboard.runs.lessons import lesson
from dashboard.runs.remedies import PRESCRIPTIONS
from tests.support.formulas import FUNCTIONS
from tests.support.launching import Launch, until
from trainers.atlas import atlas
from trainers.config import RunConfig
from trainers.plan.flags import add_run_flags, list_choices
from trainers.tables.activations import ACTIVATIONS, Activation
from trainers.tables.inits import INITS, Init
from trainers.tables.losses import LOSSES, Loss
from trainers.tables.models import MODELS, Model

Numbers = dict[str, Any]


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return atlas()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_curve_is_the_function_and_its_slope(name: str, numbers: Numbers) -> None:
    entry = numbers["activations"]["entries"][name]
    x = torch.as_tensor(entry["x"])
    assert (float(x[0]), float(x[-1])) == (-6, 6)
    np.testing.assert_allclose(entry["f"], FUNCTIONS[name](x), atol=1e-12)
    smooth = (x.abs() > 1e-3).numpy()  # relu and its kin have a corner at 0
    h = 1e-6
    difference = (FUNCTIONS[name](x + h) - FUNCTIONS[name](x - h)).numpy() / (2 * h)
    np.testing.assert_allclose(entry["slope"][smooth], difference[smooth], atol=1e-7)


@pytest.mark.parametrize(
    ("name", "stretches"),
    [
        ("sigmoid", [(-6, -4.6), (4.6, 6)]),
        ("tanh", [(-6, -3), (3, 6)]),
        ("relu", [(-6, 0)]),
        ("leaky_relu", []),
        ("identity", []),
    ],
)
def test_the_shaded_stretches_are_where_the_slope_is_gone(
    name: str, stretches: list[tuple[float, float]], numbers: Numbers
) -> None:
    xs = numbers["activations"]["entries"][name]["saturated"]
    assert np.ravel(xs) == pytest.approx(np.ravel(stretches), abs=0.03)


def test_softmax_gives_probabilities_in_the_order_of_the_outputs(numbers: Numbers) -> None:
    softmax = numbers["activations"]["softmax"]
    np.testing.assert_allclose(softmax["probabilities"].sum(0), 1)
    rows = np.stack([softmax["x"], *(np.full_like(softmax["x"], z) for z in softmax["others"])])
    apart = np.diff(np.sort(rows, axis=0), axis=0).min(0) > 1e-9  # where no two outputs are equal
    order = softmax["probabilities"].argmax(0)
    np.testing.assert_array_equal(order[apart], rows.argmax(0)[apart])


@pytest.mark.parametrize("name", INITS)
def test_a_histogram_holds_all_weights_with_the_std_the_source_expects(
    name: str, numbers: Numbers
) -> None:
    entry = numbers["inits"]["entries"][name]
    assert entry["shares"].sum() == pytest.approx(1)
    if entry["theory_std"] is not None:
        assert entry["std"] == pytest.approx(entry["theory_std"], rel=0.02, abs=1e-9)


@pytest.mark.parametrize(
    ("init", "activation", "low", "high"),
    [
        ("orthogonal", "identity", -0.01, 0.01),
        ("lecun_normal", "selu", -0.1, 0.1),
        ("xavier_normal", "tanh", -1.0, 0.0),
        ("kaiming_normal", "relu", -0.6, 0.2),
        ("kaiming_normal", "sigmoid", -8.0, -4.0),
        ("default", "relu", -6.0, -3.0),
        ("ones", "relu", 20.0, 24.0),
        ("zeros", "relu", -math.inf, -math.inf),
    ],
)
def test_ten_layers_do_to_the_signal_what_theory_says(
    init: str, activation: str, low: float, high: float, numbers: Numbers
) -> None:
    signal = numbers["inits"]["signal"]
    log_std = signal["log_std"]
    where = signal["inits"].index(init), signal["activations"].index(activation)
    assert log_std.shape == (11, len(INITS), len(ACTIVATIONS))
    assert abs(log_std[0]).max() < 0.01
    assert low <= log_std[10][where] <= high


@pytest.mark.parametrize("name", ["mse", "mae", "smooth_l1"])
def test_a_loss_of_raw_outputs_is_drawn_against_the_error(name: str, numbers: Numbers) -> None:
    entry = numbers["losses"][name]
    e = entry["x"]
    expected = {
        "mse": e**2,
        "mae": abs(e),
        "smooth_l1": np.where(abs(e) < 1, e**2 / 2, abs(e) - 0.5),
    }
    np.testing.assert_allclose(entry["loss"], expected[name], atol=1e-12)
    smooth = abs(e) > 1e-9
    slope = {"mse": 2 * e, "mae": np.sign(e), "smooth_l1": np.clip(e, -1, 1)}
    np.testing.assert_allclose(entry["gradient"][smooth], slope[name][smooth], atol=1e-12)


@pytest.mark.parametrize("name", ["cross_entropy", "bce"])
def test_a_loss_of_probabilities_is_drawn_against_that_of_the_true_class(
    name: str, numbers: Numbers
) -> None:
    entry = numbers["losses"][name]
    np.testing.assert_allclose(entry["loss"], -np.log(entry["x"]), rtol=1e-9)
    np.testing.assert_allclose(entry["gradient"], entry["x"] - 1, rtol=1e-9)


def test_the_entropies_are_those_of_the_notes(numbers: Numbers) -> None:
    bits = [entry["bits"] for entry in numbers["entropy"]["distributions"].values()]
    assert [f"{b:.4f}" for b in bits] == ["2.0000", "1.3568", "0.0313"]


def test_cross_entropy_is_entropy_plus_divergence_and_least_at_the_truth(numbers: Numbers) -> None:
    entropy = numbers["entropy"]
    for guess in entropy["guesses"].values():
        assert guess["cross_entropy"] == pytest.approx(entropy["entropy"] + guess["kl"])
        assert guess["kl"] >= 0
    assert entropy["guesses"]["q is p"]["kl"] == pytest.approx(0)


def test_the_step_of_sgd_is_the_one_done_by_hand(numbers: Numbers) -> None:
    step = numbers["layers"]["sgd_step"]
    w, b = np.array(step["w_before"]), np.array(step["b_before"])
    x = np.array(step["x"])
    error = x @ w.T + b
    w_after = w - 0.1 * (2 / error.size) * error.T @ x
    b_after = b - 0.1 * (2 / error.size) * error.sum(0)
    assert step["output"] == pytest.approx(error, rel=1e-5)
    np.testing.assert_allclose(step["w_after"], w_after, rtol=1e-5)
    np.testing.assert_allclose(step["b_after"], b_after, rtol=1e-5, atol=1e-6)
    assert step["w_after"][0][0] == pytest.approx(-6.7833, abs=1e-4)
    assert step["loss_before"] == pytest.approx((error**2).mean())


def test_dropout_doubles_what_it_keeps(numbers: Numbers) -> None:
    dropout = numbers["layers"]["dropout"]
    survivors = [(x, y) for x, y in zip(dropout["x"], dropout["training"], strict=True) if y]
    assert 0 < len(survivors) < len(dropout["x"])
    assert all(y == 2 * x for x, y in survivors)
    assert dropout["evaluating"] == dropout["x"]


def test_the_layers_have_the_shapes_and_counts_of_the_notes(numbers: Numbers) -> None:
    shapes = {part: shape for part, shape, _ in numbers["layers"]["linear"]}
    assert shapes["x"] == [4, 784]
    assert shapes["w"] == [512, 784]
    assert shapes["x @ w.t() + b"] == [4, 512]
    totals = {name: m["total_parameters"] for name, m in numbers["layers"]["models"].items()}
    notes = {"mlp": 199_210, "mlp_tensors": 199_210, "lenet": 61_706}
    assert notes.items() <= totals.items()


def test_accuracy_is_a_staircase_around_32_percent_and_the_loss_is_smooth(numbers: Numbers) -> None:
    entry = numbers["lessons"]["accuracy"]
    accuracy, loss = entry["accuracy"], entry["loss"]
    middle = len(accuracy) // 2
    assert accuracy[middle] == pytest.approx(0.32)
    steps = np.diff(accuracy)
    assert {0.33, 0.32} <= set(accuracy.round(6))
    assert np.allclose(accuracy * 100, (accuracy * 100).round())
    assert (steps == 0).mean() > 0.9
    assert (np.diff(loss) != 0).all()
    assert np.abs(np.diff(loss)).max() < 1e-2


def test_the_sizes_of_convolutions_follow_their_formula(numbers: Numbers) -> None:
    entry = numbers["lessons"]["convolution"]
    for _, n, k, p, s, size in entry["sizes"]:
        assert size == (n + 2 * p - k) // s + 1
    assert [size for *_, size in entry["sizes"]] == [28, 14, 10, 5]
    expected = F.conv2d(torch.tensor([[entry["x"]]]), torch.tensor([[entry["w"]]]))
    assert entry["z"] == expected[0, 0].tolist()


def test_apply_fills_every_bias_with_a_tenth(numbers: Numbers) -> None:
    layers = numbers["lessons"]["apply"]["layers"]
    assert [name for name, *_ in layers] == ["0", "2", "4"]
    assert {round(bias, 6) for *_, biases in layers for bias in biases} == {0.1}


def test_the_parameters_of_the_notes_layer_are_shown_with_their_values(numbers: Numbers) -> None:
    (weight, shape, values), (bias, _, biases) = numbers["lessons"]["parameters"]
    assert (weight, shape, bias) == ("linear.weight", [3, 5], "linear.bias")
    assert "0.1000, 0.4000, 0.7000, 1.0000, 1.3000" in values
    assert biases == "tensor([1., 2., 3.])"


def test_dropout_refuses_whole_numbers_and_says_why(numbers: Numbers) -> None:
    entry = numbers["lessons"]["dropout_of_whole_numbers"]
    assert "Float" in entry["error"] or "Long" in entry["error"], entry["error"]
    assert "." in entry["floats"]


@pytest.mark.thorough
def test_making_the_atlas_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    atlas()
    assert torch.equal(torch.rand(3), expected)


def test_every_window_can_be_sent_and_fits_its_row(numbers: Numbers) -> None:
    environments = dict(AtlasScene(numbers).environments())
    assert list(environments) == list(ENVIRONMENTS)
    for places in environments.values():
        assert len({place.name for place in places}) == len(places)
        for place in places:
            assert json.loads(json.dumps(place.draw().packet(), allow_nan=False))["data"]
        items = arrange([place.window for place in places])
        assert max(item["x"] + item["w"] for item in items) <= PAGE_COLUMNS


def test_every_entry_of_the_tables_has_a_window(numbers: Numbers) -> None:
    environments = dict(AtlasScene(numbers).environments())
    for name, table in (
        ("atlas_activations", ACTIVATIONS), ("atlas_inits", INITS), ("atlas_losses", LOSSES),
        ("atlas_layers", MODELS),
    ):  # fmt: skip
        assert {place.name for place in environments[name]} >= set(table)


def test_a_caption_shows_signs_of_comparison_as_they_are() -> None:
    assert "x &gt; 0" in " ".join(caption_lines(["x if x > 0 else 0"], 330))


class Step(nn.Module):
    """A function without a slope anywhere."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x > 0).to(x.dtype)


ADDED: dict[str, tuple[dict[str, Any], Any, str]] = {
    "activation": (ACTIVATIONS, Activation(Step, "a step", "S", "1 if x > 0", "all"),
                   "atlas_activations"),
    "init": (INITS, Init(lambda: lambda w, g: nn.init.constant_(w, 2), "all 2", "S"),
             "atlas_inits"),
    "loss": (LOSSES, Loss(lambda: LOSSES["mse"].make(), "as mse", "S", "e²", "raw with one-hot"),
             "atlas_losses"),
    "model": (MODELS, Model(MODELS["mlp"].make, "a second mlp", "S"), "atlas_layers"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ADDED)
@pytest.mark.thorough
def test_an_entry_added_at_run_time_is_found_by_parser_list_and_atlas(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, entry, environment = ADDED[kind]
    monkeypatch.setitem(table, "brand_new", entry)
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    assert "brand_new" in parser.format_help()
    assert any("brand_new" in line and entry.says in line for line in list_choices())
    places = dict(AtlasScene(atlas()).environments())[environment]
    added = [place for place in places if place.name == "brand_new"]
    assert added
    json.dumps(added[0].draw().packet(), allow_nan=False)


def test_the_atlas_starts_with_one_command_and_ends_when_it_is_drawn(launch: Launch) -> None:
    launched = launch("atlas", "--no-browser", "--exit")
    assert launched.ends() == 0, launched.said
    assert "/env/atlas_activations" in launched.said
    launched.leaves_nobody()


class Nothing:
    """A scene without an environment."""

    lock = threading.RLock()

    def look(self, watched: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield "e_compare", []

    def alive(self) -> bool:
        return False


def listed(scene: WithAtlas) -> list[str]:
    return [where for where, _ in scene.environments()]


def test_the_atlas_is_computed_once_a_page_looks_at_it(numbers: Numbers) -> None:
    asked = []

    def count() -> Numbers:
        asked.append(1)
        return numbers

    scene = WithAtlas(Nothing(), count)
    scene.look({"e_compare"})
    assert listed(scene) == ["e_compare"]
    for _ in range(2):
        scene.look({"atlas_inits"})
        until(lambda: len(listed(scene)) > 1)
    assert listed(scene) == ["e_compare", *ENVIRONMENTS]
    assert len(asked) == 1


def test_an_atlas_that_cannot_be_computed_says_why() -> None:
    def fails() -> Numbers:
        raise ModuleNotFoundError("No module named 'torch'")

    scene = WithAtlas(Nothing(), fails)
    scene.look({"atlas_inits"})
    until(lambda: len(listed(scene)) > 1)
    places = dict(scene.environments())["atlas_inits"]
    assert "No module named" in str(places[0].packet())


SETTINGS = [RunConfig(activation=a, init=i).as_dict() for a in ACTIVATIONS for i in INITS]


@pytest.mark.parametrize("cause", PRESCRIPTIONS)
def test_the_atlas_has_every_picture_that_a_verdict_links_to(cause: str, numbers: Numbers) -> None:
    places = {where: {place.name for place in p} for where, p in AtlasScene(numbers).environments()}
    layers = {"fc1": Layer(784, 200, 0.1), "out": Layer(200, 10, 0.1)}
    for settings in SETTINGS:
        for layer in ("", "fc1", "out"):
            picture = lesson(cause, Facts(settings=settings, layers=layers), layer)
            assert picture is not None
            assert picture.window in places[picture.environment]
