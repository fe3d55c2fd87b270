"""What a browser gets from us: Visdom's page dressed with our scripts, its files, our theme."""

import hashlib
from pathlib import Path
from typing import Any

import plotly
import tornado.web

from dashboard.server.access import RefusedError
from dashboard.server.guard import VISDOM, Guard
from dashboard.server.sessions import entry_token, let_in

PAGE = Path(__file__).resolve().parents[1] / "page" / "static"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%232563eb'/%3E%3Cpath d='M3 4c2 7 5 8 10 8' "
    "fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
)


class Page(Guard):
    """Visdom's own page with a nonce for its scripts; nothing else of it is changed."""

    async def prepare(self) -> None:
        """Take the token out of the address: from now on the browser's cookie stands for it."""
        if self.request.method == "GET" and entry_token(self.request, self.access):
            let_in(self)
            self.redirect(self.request.path)
            return
        await super().prepare()

    def check_request(self) -> None:
        super().check_request()
        kind, reading = (
            self.route.split("/")[1] if "/" in self.route else "",
            self.request.method == "GET",
        )
        known = self.application.state  # type: ignore[attr-defined]
        if kind == "env" and reading and self.path_args[0] not in known:
            # The board may be about to create it, for instance after a restart.
            raise RefusedError(404, "No such environment yet; this page looks again.", 2)
        if kind == "compare" and reading:
            # Visdom would list what it once saved in the user's home, and fail without that.
            raise RefusedError(404, "Choose several environments in the page itself.")
        if kind not in ("env", "compare") and self.route not in ("/", VISDOM):
            raise RefusedError(404, "Not Found.")
        if kind == "" and not reading:
            raise RefusedError(405, "Method Not Allowed.")  # Visdom's login; ours is /login

    def render(self, template_name: str, **kwargs: Any) -> Any:
        page = self.render_string(template_name, **kwargs).decode()
        page = page.replace("<script", f'<script nonce="{self.nonce}"')
        self.set_header("Cache-Control", "no-store")
        return self.finish(page)


class OurPage(Page):
    """Our page, whichever experiment or run its address names; it asks for the windows itself."""

    def check_request(self) -> None:
        if self.request.method != "GET":
            super().check_request()
        elif self.route.startswith("/env/"):
            Guard.check_request(self)
        elif self.route != "/":
            raise RefusedError(404, "Not Found.")

    def get(self, *_names: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish((PAGE / "index.html").read_bytes())


class PageFile(Guard, tornado.web.StaticFileHandler):
    """The modules and style sheets of our page."""

    def initialize(self) -> None:
        super().initialize(str(PAGE))

    def check_request(self) -> None:
        """Names of files are the base class's to check."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")


class PlotlyFile(Guard, tornado.web.StaticFileHandler):
    """Plotly's browser file, as it comes with the Python package."""

    def initialize(self) -> None:
        super().initialize(str(PLOTLY.parent))

    def check_request(self) -> None:
        """There is one file."""

    async def get(self, path: str = "", include_body: bool = True) -> None:
        await super().get(PLOTLY.name, include_body)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")


class StaticHandler(Guard, tornado.web.StaticFileHandler):
    """Visdom's own static files, and the fetched ones from the cache where it has none."""

    def check_request(self) -> None:
        """Names of files are the base class's to check."""

    async def get(self, path: str, include_body: bool = True) -> None:
        if not Path(self.root, path).is_file():
            self.root = self.settings["fetched_path"]
        await super().get(path, include_body)

    @classmethod
    def make_static_url(
        cls, settings: dict[str, Any], path: str, include_version: bool = True
    ) -> str:
        if path == "../user/style.css":  # newer tornado refuses to leave the static folder
            return "/visdom/user/style.css"
        own = Path(settings["static_path"], path)
        return versioned(
            "/static/" + path, own if own.exists() else Path(settings["fetched_path"], path)
        )


class AliveHandler(Guard):
    """Answers once the server works: with the environments that pages have open.

    401 tells a page that its session is over.
    """

    def get(self) -> None:
        opened = [page.eid for page in self.application.subs.values()]  # type: ignore[attr-defined]
        several = [[names] if isinstance(names, str) else names for names in opened]
        self.set_header("Cache-Control", "no-store")
        self.finish({"watched": sorted({name for names in several for name in names})})


def versioned(url: str, path: Path) -> str:
    """The URL with a mark that changes with the file, so that browsers may keep it."""
    try:
        stat = path.stat()
    except OSError:
        return url
    mark = hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:12]
    return f"{url}?v={mark}"
