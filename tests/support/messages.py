"""Messages to the receiver of the Ray engine, as a far worker writes them."""

import pickle

from dashboard.record.sink import Batch
from trainers.cluster.messages import Message
from trainers.cluster.receiver import Receiver


def batch(*steps: int, end: str = "") -> Batch:
    ended = (end, "", 9.0) if end else None
    return Batch(1.0, [("train_loss", step, 1.0, 0.5) for step in steps], end=ended)


def send(receiver: Receiver, *messages: Message) -> None:
    receiver.put([pickle.dumps(list(messages))])
