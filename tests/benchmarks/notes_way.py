"""The loop of the source notes on the CPU: what a person writes who has just read them.

    python -m tests.benchmarks.notes_way PORT FOLDER RUN

FOLDER gets torchvision's layout of the embedded MNIST files, so that nothing is downloaded.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import torch
from torch import nn, optim
from torchvision import datasets, transforms
from visdom import Visdom

EMBEDDED = Path(__file__).resolve().parents[2] / "trainers" / "data" / "mnist"
EPOCHS, BATCH_SIZE, LEARNING_RATE = 10, 200, 0.01


def loader(folder: Path, train: bool) -> torch.utils.data.DataLoader:
    steps = [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    mnist = datasets.MNIST(str(folder), train=train, transform=transforms.Compose(steps))
    return torch.utils.data.DataLoader(mnist, batch_size=BATCH_SIZE, shuffle=True)


def unpack(folder: Path) -> None:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for packed in EMBEDDED.glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))


def main(port: int, folder: Path) -> None:
    unpack(folder)
    train_loader, test_loader = loader(folder, True), loader(folder, False)
    net = nn.Sequential(
        nn.Linear(784, 200), nn.ReLU(inplace=True),
        nn.Linear(200, 200), nn.ReLU(inplace=True), nn.Linear(200, 10),
    )  # fmt: skip
    optimizer = optim.SGD(net.parameters(), lr=LEARNING_RATE)
    criterion = nn.CrossEntropyLoss()
    board = Visdom(port=port, env="notes", use_incoming_socket=False)
    board.line([0.0], [0.0], win="train_loss", opts={"title": "train loss"})
    board.line([[0.0, 0.0]], [0.0], win="test", opts={"legend": ["loss", "acc."]})
    step = 0
    for _ in range(EPOCHS):
        for data, target in train_loader:
            loss = criterion(net(data.view(-1, 784)), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            board.line([loss.item()], [step], win="train_loss", update="append")
        test_loss, correct = 0.0, 0
        for data, target in test_loader:
            logits = net(data.view(-1, 784))
            test_loss += criterion(logits, target).item()
            correct += int((logits.argmax(1) == target).sum())
        board.line([[test_loss, correct / 10_000]], [step], win="test", update="append")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
