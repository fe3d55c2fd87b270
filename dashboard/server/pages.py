"""What a browser gets of ours: our page at the root, its modules, plotly, and a sign of life.

A reload costs nothing: the page asks for its modules and styles at an address that changes with any
of them, and a browser that has that one asks for nothing. What keeps its address has a mark (ETag)
that changes with it, and is answered empty. Visdom's own page is `dashboard.server.visdom_page`.
"""

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

import tornado.web

from dashboard.server.access import RefusedError
from dashboard.server.guard import Guard
from dashboard.server.sessions import entry_token, let_in, session

FILES = Path(__file__).resolve().parents[1] / "page" / "static"
SCRIPTS_HERE = "<!-- scripts -->"
AT = "/trainboard/page/"
MARKED = re.compile(AT + "v-[0-9a-f]{12}/")
A_YEAR_S = 31_536_000
NO_MODULES = {"theme-first.js"}  # it runs before anything is seen
PLOTLY_SOON = '\n<link rel="preload" href="/trainboard/plotly.js" as="script" fetchpriority="low">'
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%232563eb'/%3E%3Cpath d='M3 4c2 7 5 8 10 8' "
    "fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
)


def our_page(*, plots: bool, read_only: bool = False) -> str:
    """The page's HTML. It names every module: a browser else finds them one import after another.

    plots: whether there will be any, so that plotly's file of five megabytes is on its way; the
    page runs it once all else is seen (plotly-file.js). read_only: it has no buttons that act.
    """
    modules = "\n".join(
        f'<link rel="modulepreload" href="{AT}js/{module.name}">'
        for module in sorted((FILES / "js").glob("*.js"))
        if module.name not in NO_MODULES
    )
    page = (FILES / "index.html").read_text(encoding="utf-8")
    page = page.replace("<body>", "<body data-read-only>") if read_only else page
    page = page.replace(SCRIPTS_HERE, modules + (PLOTLY_SOON if plots else ""))
    return page.replace(f'="{AT}', f'="{AT}{files_mark()}/')


def files_mark() -> str:
    """A part of an address that is another when any file of the page has changed."""
    stats = [(path.name, path.stat()) for path in sorted(FILES.rglob("*.*"))]
    text = repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
    return f"v-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Page(Guard):
    """What a person opens in a browser: a mixin that also checks what Visdom's handlers take."""

    is_page = True

    @property
    def reads(self) -> bool:
        return self.request.method in ("GET", "HEAD")

    @property
    def kind(self) -> str:
        """The first part of the path: env, compare, or nothing."""
        return self.route.removeprefix("/").partition("/")[0]

    async def prepare(self) -> None:
        """Take the token out of the address: from now on the browser's cookie stands for it."""
        await super().prepare()
        if self.reads and entry_token(self.request, self.access):
            let_in(self)
            pairs = parse_qsl(self.request.query, keep_blank_values=True)
            rest = urlencode([(key, value) for key, value in pairs if key != "token"])
            self.redirect(f"{self.request.path}?{rest}" if rest else self.request.path)

    def check_request(self) -> None:
        super().check_request()
        if self.kind not in ("env", "compare") and self.route != "/":
            raise RefusedError(404, "Not Found.")
        if self.kind == "" and not self.reads:
            raise RefusedError(405, "Method Not Allowed.")  # Visdom's login; ours is /login


class OurPage(Page):
    """Our page, whichever experiment or run its address names; it asks for the windows itself.

    An environment that is not there yet is waited for by the page: it hears of every new window.
    """

    embeddable = True

    def check_request(self) -> None:
        super().check_request()
        if self.reads and self.kind == "compare":
            raise RefusedError(404, "Not Found.")

    def get(self, *names: str) -> None:
        if self.kind == "env" and "/" in unquote(self.route.removeprefix("/env/")):
            self.redirect(f"/env/{quote(names[0], safe='')}")  # as Visdom calls it
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(our_page(plots=self.kind == "env", read_only=self.access.read_only))

    head = get


class PageFile(Guard, tornado.web.StaticFileHandler):
    """The modules and style sheets of our page; with a mark in the address they are asked once."""

    def check_request(self) -> None:
        """Names of files are the base class's to check."""

    def set_extra_headers(self, path: str) -> None:
        immutable = f"private, max-age={A_YEAR_S}, immutable"
        mark = MARKED.match(self.request.path)
        self.set_header("Cache-Control", immutable if mark else "no-cache")

    def compute_etag(self) -> str:
        """tornado's own never changes again: whoever edits a file would have to restart us."""
        stat = Path(self.absolute_path or "").stat()
        return f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'


class OneFile(PageFile):
    """The file `default_filename`, whatever the address is."""

    def parse_url_path(self, url_path: str) -> str:
        return str(self.default_filename)


class Plotly(Guard):
    """Plotly's file as it comes with its Python package, below a hint for the browser.

    The hint has Chromium compile the file beside everything else while it comes; without it, that
    is done in the page's only thread, when the first plot waits for it.
    """

    hint = b"//# allFunctionsCalledOnLoad\n"

    def initialize(self, file: Path) -> None:
        self.file = file

    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_etag_header()
        if self.check_etag_header():
            self.set_status(304)
        else:
            self.finish(self.hint + self.file.read_bytes())

    head = get

    def compute_etag(self) -> str:
        stat = self.file.stat()
        return f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'


class AliveHandler(Guard):
    """Answers once the server works: with the environments that somebody looks at.

    401 tells a page that its session is over. session: whether a cookie let the visitor in, so
    that a logout would do something.
    """

    def get(self) -> None:
        has_session = self.access.needs_session and session(self.request, self.settings) is not None
        self.set_header("Cache-Control", "no-store")
        watched = self.settings["watched"]
        answer = {"watched": watched.names(), "session": has_session}
        # What people look at is nobody's business but the board's.
        self.finish({**answer, "attention": watched.attention()} if self.is_board() else answer)
