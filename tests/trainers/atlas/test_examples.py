"""trainers.atlas.examples and lessons: the worked examples have the figures of the notes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.support.atlas_numbers import Numbers


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
