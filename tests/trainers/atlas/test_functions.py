"""trainers.atlas.functions: activations and losses are drawn as their formulas and slopes say."""

import numpy as np
import pytest
import torch

from tests.support.atlas_numbers import Numbers
from tests.support.formulas import FUNCTIONS


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
