"""Which address leads to which handler, each behind its guard.

Visdom's handlers stand twice: at the root, where stock clients post to and our page opens its
socket, and whole, with its own page, below /visdom/. Beside them stand ours. Visdom's application
is imported here and nowhere else; nothing is started.
"""

import importlib.util
import sys
from typing import Any

import tornado.websocket
from tornado.routing import Rule as Route

from dashboard.server import guard
from dashboard.server.front import FrontedApplication
from dashboard.server.login import LoginHandler, LogoutHandler, Posted, StockLogin
from dashboard.server.pages import FILES, AliveHandler, OneFile, OurPage, PageFile, Plotly
from dashboard.server.plotly_file import plotly_file
from dashboard.server.visdom_page import StaticHandler, ToVisdomPage, VisdomPage
from dashboard.server.windows import Windows


def without_its_client() -> None:
    """Let parts of Visdom be imported without what `import visdom` itself loads: its client, with
    numpy, Pillow, requests and, where they are, torch and openTSNE. The server needs none of them,
    and would start twice as late. Who asks for the client all the same gets it.
    """
    spec = importlib.util.find_spec("visdom")
    if "visdom" in sys.modules or spec is None or spec.loader is None:
        return
    package, load = importlib.util.module_from_spec(spec), spec.loader.exec_module

    def ask(name: str) -> Any:
        del package.__getattr__  # what is missing then is missing
        load(package)
        return getattr(package, name)

    package.__getattr__ = ask  # type: ignore[method-assign]
    sys.modules["visdom"] = package


without_its_client()
from visdom.server.app import Application  # noqa: E402

Rule = tuple[Any, ...]  # pattern, handler, and perhaps its arguments

# Polling in place of sockets, uploads and test pages: neither page uses any of them.
UNSERVED = ("SocketWrap", "VisSocketWrap", "WrappedSocketWrap", "ErrorHandler",
            "UploadEnvHandler", "ExperimentLogHandler")  # fmt: skip
# What a person opens in a browser; a stock client posts to them too.
PAGES = ("IndexHandler", "EnvHandler", "CompareHandler")

SETTINGS: dict[str, Any] = {
    "autoreload": False,
    "serve_traceback": False,
    "compiled_template_cache": True,
    "static_handler_class": StaticHandler,
    "websocket_ping_interval": 10,
    "websocket_ping_timeout": 10,
    "websocket_max_message_size": guard.MAX_MESSAGE_BYTES,
    "log_function": lambda handler: None,
}


class Guarded(FrontedApplication):
    """Takes the handlers that Visdom hands to tornado and puts a guard before each."""

    def __init__(self, handlers: list[Rule], **settings: Any) -> None:
        theirs = [rule for rule in handlers if rule[1].__name__ not in UNSERVED]
        rules: list[Any] = [
            Route(Posted("/"), StockLogin),
            *OURS,
            *(several(*rest) for pattern, *rest in theirs if pattern == "/events"),
            *(guarded(guard.VISDOM + pattern, VisdomPage, *rest) for pattern, *rest in theirs),
            *(guarded(pattern, OurPage, *rest) for pattern, *rest in theirs),
        ]
        super().__init__(rules, **settings | SETTINGS)
        self.settings["debug"] = False  # Visdom insists on True while it builds itself


class Hosted(Application, Guarded):
    """Visdom's application; its call of tornado's constructor passes through Guarded."""


OURS: list[Rule] = [
    (r"/login", LoginHandler),
    (r"/logout", LogoutHandler),
    (r"/trainboard/alive", AliveHandler),
    (r"/trainboard/plotly\.js", Plotly, {"file": plotly_file()}),
    (r"/trainboard/page/(?:v-[0-9a-f]{12}/)?(.*)", PageFile, {"path": str(FILES)}),
    (guard.VISDOM, ToVisdomPage),
    # Visdom's page asks for its icon below whatever address it has, and has none.
    (guard.VISDOM + r"/(?:.*/)?(favicon\.png)", OneFile,
     {"path": str(FILES), "default_filename": "icon.svg"}),
]  # fmt: skip


def several(handler: type, *arguments: dict[str, Any]) -> Rule:
    """The board's own rule for many windows at once, of Visdom's handler for one."""
    kind = type("Several" + handler.__name__, (Windows, handler), {})
    return r"/trainboard/windows", kind, *arguments


def guarded(
    pattern: str, page: type, handler: type, arguments: dict[str, Any] | None = None
) -> Rule:
    """A rule of Visdom's with the fitting guard before its handler; `page`: that of its pages."""
    mixin: type = guard.Guard
    if issubclass(handler, tornado.websocket.WebSocketHandler):
        mixin = guard.SocketGuard
    elif handler.__name__ in PAGES:
        mixin = page
    return pattern, type(mixin.__name__ + handler.__name__, (mixin, handler), {}), arguments
