"""What a browser gets from us: Visdom's page dressed with our scripts, its files, our theme."""

import hashlib
from pathlib import Path
from typing import Any

import tornado.web

from dashboard.access import RefusedError
from dashboard.guard import Guard
from dashboard.sessions import entry_token, let_in, session

HERE = Path(__file__).parent
SCRIPTS = {name: HERE / name for name in ("page.js", "plots.js")}
THEME = HERE / "style.css"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%232563eb'/%3E%3Cpath d='M3 4c2 7 5 8 10 8' "
    "fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
)
LOGOUT = '<form class="tb-logout" method="post" action="/logout"><button>log out</button></form>'


class Page(Guard):
    """Visdom's page with our scripts, nonce, name and icon put into it."""

    async def prepare(self) -> None:
        """Take the token out of the address: from now on the browser's cookie stands for it."""
        if self.request.method == "GET" and entry_token(self.request, self.access):
            let_in(self)
            self.redirect(self.request.path)
            return
        await super().prepare()

    def check_request(self) -> None:
        super().check_request()
        kind, reading = self.request.path.split("/")[1], self.request.method == "GET"
        known = self.application.state  # type: ignore[attr-defined]
        if kind == "env" and reading and self.path_args[0] not in known:
            # The board may be about to create it, for instance after a restart.
            raise RefusedError(404, "No such environment yet; this page looks again.", 2)
        if kind == "compare" and reading:
            # Visdom would list what it once saved in the user's home, and fail without that.
            raise RefusedError(404, "Choose several environments in the page itself.")
        if kind not in ("env", "compare") and self.request.path != "/":
            raise RefusedError(404, "Not Found.")
        if kind == "" and not reading:
            raise RefusedError(405, "Method Not Allowed.")  # Visdom's login; ours is /login

    def render(self, template_name: str, **kwargs: Any) -> Any:
        page = self.render_string(template_name, **kwargs).decode()
        ours = "\n    ".join(
            f'<script src="{versioned("/trainboard/" + name, path)}"></script>'
            for name, path in SCRIPTS.items()
        )
        page = page.replace("<head>", "<head>\n    " + ours, 1)
        page = page.replace("<script", f'<script nonce="{self.nonce}"')
        if session(self.request, self.settings):
            page = page.replace("</body>", LOGOUT + "</body>", 1)
        page = page.replace('href="favicon.png"', f'href="{ICON}"')
        page = page.replace("<title>visdom</title>", "<title>Trainboard</title>")
        self.set_header("Cache-Control", "no-store")
        return self.finish(page)


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
            return versioned("/user/style.css", THEME)
        own = Path(settings["static_path"], path)
        return versioned(
            "/static/" + path, own if own.exists() else Path(settings["fetched_path"], path)
        )


class ScriptHandler(Guard):
    """Our scripts for Visdom's page."""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(SCRIPTS[name].read_bytes())


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
