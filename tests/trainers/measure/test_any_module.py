"""trainers.measure.any_module: the layers of any nn.Module, with what follows them."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dashboard.errors import UserError
from trainers.build import build_model
from trainers.config import RunConfig
from trainers.measure.any_module import AnyNetwork

N, CLASSES = 8, 5


class ByFunctions(nn.Module):
    """Convolution, norm and activations as lines of `forward`, a frozen layer and an unused one."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.first = nn.Linear(4 * 6 * 6, 16)
        self.second = nn.Linear(16, 16)
        self.frozen = nn.Linear(16, 16).requires_grad_(False)
        self.unused = nn.Linear(3, 3)
        self.last = nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.conv(x)), inplace=True).flatten(1)
        x = F.dropout(torch.tanh(self.first(x)), 0.5, self.training)
        x = self.second(x).relu_()
        return torch.softmax(self.last(x + self.frozen(x)), 1)


class OfWords(nn.Module):
    """Embedding, attention, a recurrent layer, and a bare weight at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 16)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation=F.gelu)
        self.memory = nn.LSTM(16, 8, batch_first=True)
        self.out = nn.Parameter(torch.randn(CLASSES, 8))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        h, _ = self.memory(self.block(self.words(x)))
        return {"hidden": h, "logits": h[:, -1] @ self.out.t()}


def found(model: nn.Module, x: Tensor) -> AnyNetwork:
    model.eval()
    return AnyNetwork(model, F.cross_entropy, x, torch.arange(N) % CLASSES)


IMAGES = torch.linspace(-1, 1, N * 64).reshape(N, 1, 8, 8)


def test_activations_and_norms_are_found_whether_modules_or_functions() -> None:
    layers = found(ByFunctions(), IMAGES).layers
    assert [layer.name for layer in layers] == ["conv", "first", "second", "last"]
    z = torch.linspace(-2, 2, 9)
    for layer, expected in zip(layers, [torch.relu, torch.tanh, torch.relu, None], strict=True):
        if expected is None:
            assert layer.activation is None  # softmax takes no number alone
        else:
            assert layer.activation is not None
            torch.testing.assert_close(layer.activation(z), expected(z))
    assert isinstance(layers[0].norm, nn.BatchNorm2d)
    assert [layer.norm for layer in layers[1:]] == [None] * 3
    torch.testing.assert_close(z, torch.linspace(-2, 2, 9))  # nothing was written in place


def test_theory_knows_only_the_inputs_that_come_straight_from_the_layer_before() -> None:
    layers = found(ByFunctions(), IMAGES).layers
    assert [layer.follows for layer in layers] == [True, True, True, False]


def test_only_what_the_loss_trains_is_measured() -> None:
    network = found(ByFunctions(), IMAGES)
    names = {name for name, p in network.model.named_parameters()
             for trained in network.parameters() if trained is p}  # fmt: skip
    assert {name.partition(".")[0] for name in names} == {"conv", "norm", "first", "second", "last"}


def test_weights_that_are_no_linear_layer_are_layers_without_an_activation() -> None:
    network = found(OfWords(), torch.arange(N * 6).reshape(N, 6) % 20)
    assert {layer.name: tuple(layer.weight.shape) for layer in network.layers} == {
        "words": (20, 16),
        "block.self_attn.in_proj_weight": (48, 16),
        "block.self_attn.out_proj": (16, 16),
        "block.linear1": (32, 16),
        "block.linear2": (16, 32),
        "memory.weight_ih_l0": (32, 16),
        "memory.weight_hh_l0": (32, 8),
        "out": (CLASSES, 8),
    }
    active = [layer.name for layer in network.layers if layer.activation]
    assert active == ["block.linear1"]
    assert network(torch.zeros(2, 6, dtype=torch.long)).shape == (2, CLASSES)


@pytest.mark.parametrize("model", ["mlp", "lenet", "mlp_tensors"])
def test_of_our_own_models_it_finds_what_they_say_themselves(model: str) -> None:
    ours = build_model(RunConfig(model=model, activation="tanh"), (1, 28, 28), CLASSES)
    x = torch.linspace(-1, 1, N * 784).reshape(N, 1, 28, 28)
    said, seen = ours.layers, found(ours, x).layers
    assert [id(layer.weight) for layer in seen] == [id(layer.weight) for layer in said]  # type: ignore[union-attr]
    if model != "mlp_tensors":  # whose products it does not see through
        assert [bool(layer.activation) for layer in seen] == [
            bool(layer.activation) for layer in said  # type: ignore[union-attr]
        ]  # fmt: skip


ALIKE: list[tuple[nn.Module, Callable[[Tensor], Tensor]]] = [
    (nn.ReLU(inplace=True), torch.relu), (nn.LeakyReLU(0.3), lambda z: F.leaky_relu(z, 0.3)),
    (nn.GELU("tanh"), lambda z: F.gelu(z, approximate="tanh")), (nn.SiLU(), F.silu),
    (nn.ELU(2.0), lambda z: F.elu(z, 2.0)), (nn.Hardtanh(-0.5, 0.5), lambda z: z.clamp(-0.5, 0.5)),
    (nn.Sigmoid(), torch.sigmoid), (nn.Softplus(2.0), lambda z: F.softplus(z, 2.0)),
    (nn.Mish(), F.mish), (nn.SELU(), F.selu), (nn.ReLU6(), F.relu6), (nn.Softsign(), F.softsign),
]  # fmt: skip


@pytest.mark.parametrize(("module", "function"), ALIKE, ids=lambda part: type(part).__name__)
def test_an_activation_keeps_its_arguments(
    module: nn.Module, function: Callable[[Tensor], Tensor]
) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), module, nn.Linear(6, CLASSES))
    layer = found(model, IMAGES).layers[0]
    z = torch.linspace(-3, 3, 31)
    assert layer.activation is not None
    torch.testing.assert_close(layer.activation(z.clone()), function(z))


def test_a_model_without_weights_is_refused_in_one_sentence() -> None:
    class Fixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(64))

        def forward(self, x: Tensor) -> Tensor:
            return (x.flatten(1) + self.shift)[:, :CLASSES]

    with pytest.raises(UserError, match="trains no weight"):
        found(Fixed(), IMAGES)
