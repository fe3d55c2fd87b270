"""Draws windows and sends them, many in one request where the server takes that; one that is at
fault takes no other with it.

While the server works on one request, the windows of the next are drawn; never more than these two
are kept. Which windows are due is the board's to say, how they are sent the client's.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from dashboard.board.client import Client, ClientError, NotTakenError, RemoteHost
from dashboard.board.messages import Message, places_message, window_message
from dashboard.board.remote import dress
from dashboard.board.scene import Place, Scene, reason, undrawn
from dashboard.board.trouble import Trouble
from dashboard.windows.window import Window

# So often the server may fall silent over a window before that is the window's fault.
SILENCES = 3
MOST_BYTES = 16 * 2**20  # of one window; a browser would not draw more
MOST_BYTES_AT_ONCE = 2**18  # then no other is added to a request: the server takes some 10 ms
GATHER_S = 0.03  # so long a window waits for others: pages see it while they are drawn
LAYOUT = "the layout"
log = logging.getLogger(__name__)

Key = tuple[str, str]
Hear = Callable[[NotTakenError | None], None]


@dataclass(frozen=True)
class Parcel:
    """A message about the window `key`, and who hears what became of it."""

    key: Key
    message: Message
    hear: Hear


class WindowSender:
    """Sends windows of a scene through a client; tells the trouble with those it cannot draw.

    All methods that send raise ClientError.
    """

    def __init__(self, scene: Scene, client: Client, trouble: Trouble) -> None:
        self._scene, self._client, self._trouble = scene, client, trouble
        self._bare = isinstance(client.host, RemoteHost)  # it has none of our style sheets
        self._silences: Counter[Key] = Counter()
        self._next_parcels: list[Parcel] = []
        self._gathering_s = 0.0  # since when, by the monotonic clock
        self._under_way: list[Parcel] = []

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Within it windows are sent; all have been answered at its end, unless it is an error."""
        try:
            yield
            self.flush()
        finally:
            self._next_parcels, self._under_way = [], []

    def send(self, where: str, place: Place, size: Window | None, hear: Hear) -> None:
        """Draw a window and send it, now or with the next. hear: told why it was not taken, None
        if it was, before `sending` ends.
        """
        packet = self._draw(where, place)
        message = window_message(where, place.name, packet, place.window.title, size)
        self._add(Parcel((where, place.name), message, hear))

    def lay_out(
        self, where: str, windows: Sequence[tuple[str, Window]], only: Collection[str]
    ) -> None:
        """Save the designed places of windows that were sent; see `Client.save_layout`."""
        if self._client.most_at_once > 1:
            message = places_message(where, windows, only)
            # The windows have said already what is wrong with an environment.
            self._add(Parcel((where, LAYOUT), message, partial(_note_layout, where)))
            return
        self.flush()
        try:
            self._client.save_layout(where, windows, only)
        except NotTakenError as why:
            self._trouble.of_window(where, LAYOUT, why)

    def flush(self) -> None:
        """Send what is left and wait for all answers."""
        self._pass_on()
        self._settle()

    def _draw(self, where: str, place: Place) -> str:
        """The window's packet as JSON; where it cannot be drawn, one that says so."""
        try:
            with self._scene.lock:
                content = place.packet()
            if self._bare:
                dress(content)
            packet = json.dumps(content, allow_nan=False)
            if len(packet) > MOST_BYTES:
                raise ValueError(f"it has {len(packet) / 2**20:.0f} MB, too much for a page")
            return packet
        except Exception as why:
            log.info("window %s of %s", place.name, where, exc_info=why)
            self._trouble.of_window(where, place.name, reason(why))
            return json.dumps(undrawn(why).packet(place.window.about(place.order)))

    def _add(self, parcel: Parcel) -> None:
        """One over which the server fell silent, be it with others, goes alone from then on."""
        alone = bool(self._silences[parcel.key])
        if alone:
            self.flush()
        if not self._next_parcels:
            self._gathering_s = time.monotonic()
        self._next_parcels.append(parcel)
        if alone:
            self.flush()
        elif self._is_enough():
            self._pass_on()

    def _is_enough(self) -> bool:
        """Whether what is gathered should be on its way."""
        return (
            len(self._next_parcels) >= self._client.most_at_once
            or sum(len(each.message.text) for each in self._next_parcels) >= MOST_BYTES_AT_ONCE
            or time.monotonic() - self._gathering_s >= GATHER_S
        )

    def _pass_on(self) -> None:
        """Send what is gathered, once what is under way has been answered."""
        self._settle()
        if self._next_parcels:
            self._under_way, self._next_parcels = self._next_parcels, []
            try:
                self._client.begin([parcel.message for parcel in self._under_way])
            except ClientError as why:
                self._fell_silent(why)

    def _settle(self) -> None:
        """Wait for the answer to what is under way."""
        if not self._under_way:
            return
        try:
            answers = self._client.answers()
        except ClientError as why:
            self._fell_silent(why)
            return
        for parcel, refusal in zip(self._under_way, answers, strict=True):
            del self._silences[parcel.key]
            parcel.hear(refusal)
        self._under_way = []

    def _fell_silent(self, why: ClientError) -> None:
        """Raise, unless it was so often over this one window that it is the window's fault."""
        parcels, self._under_way = self._under_way, []
        self._silences.update(parcel.key for parcel in parcels)
        last, *others = parcels
        is_refusal = isinstance(why, NotTakenError)
        if others or not (is_refusal or self._silences[last.key] >= SILENCES):
            raise why
        if not is_refusal:
            self._client.has(*last.key)  # raises if it is the server that is silent
        last.hear(NotTakenError(str(why)))


def _note_layout(where: str, why: NotTakenError | None) -> None:
    if why:
        log.info("the layout of %s: %s", where, why)
