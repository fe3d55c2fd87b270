"""Takes many windows of the board in one request, and where they stand on Visdom's page.

Each is checked by itself and then given to Visdom's own handler as if it had come alone, so one
that is refused takes no other with it. What a window holds is Visdom's business.
"""

import json
import logging
from typing import Any

from dashboard.server.access import RefusedError, check_message, strict_json
from dashboard.server.guard import Guard

log = logging.getLogger(__name__)
Answer = tuple[int, str]  # an HTTP status, and what was said with it


class Windows(Guard):
    """POST: a JSON text a line, in this order; a mixin over Visdom's handler of one window.

    A line is what Visdom takes at /events; or {"eid": ENVIRONMENT, "places": {WINDOW: PLACE}}, to
    be found by whoever opens the environment later. The answer is {"answers": [[STATUS, TEXT]]},
    one for each line.
    """

    board_only = True
    _text: str | None = None  # by Visdom, of the window that is being handed over

    def check_request(self) -> None:
        """The lines are checked one by one."""

    def post(self) -> None:
        lines = self.request.body.split(b"\n")
        self.finish({"answers": [self._answer(line) for line in lines]})

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        """Keep what Visdom says of one window; all else is the answer itself."""
        if self._text is None:
            super().write(chunk)
        else:
            self._text += chunk if isinstance(chunk, str) else json.dumps(chunk)

    def _answer(self, line: bytes) -> Answer:
        self._text = ""
        try:
            message = strict_json(line)
            check_message(message)
            if "places" in message:
                self._place(message)
            else:
                self.settings["ownership"].note("/events", message)
                self.request.body = line
                super().post()
            return 200, self._text
        except RefusedError as why:
            return why.status_code, why.sentence
        except Exception:
            log.exception("a window could not be taken")
            return 500, "Internal Server Error."
        finally:
            self._text = None

    def _place(self, message: dict[str, Any]) -> None:
        """As a page does it by its socket when somebody moves a window."""
        environment = self.state.get(message["eid"])  # type: ignore[attr-defined]
        if environment is not None:  # else all its windows were refused
            environment["reload"].update(message["places"])
