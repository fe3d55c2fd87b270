"""Visdom's own page below /visdom/, unpatched, and the files that it asks for."""

import hashlib
from pathlib import Path
from typing import Any

import tornado.web

from dashboard.server.access import RefusedError
from dashboard.server.guard import VISDOM, Guard
from dashboard.server.pages import Page
from dashboard.server.visdom_files import VisdomFiles


class VisdomPage(Page):
    """A mixin over Visdom's page handlers: a nonce for its scripts, and nothing else is changed."""

    has_scripts = True

    async def prepare(self) -> None:
        await super().prepare()
        if self.reads and not self._finished:
            files: VisdomFiles = self.settings["visdom_files"]
            await files.wait()

    def check_request(self) -> None:
        super().check_request()
        environments = self.application.state  # type: ignore[attr-defined]
        if self.reads and self.kind == "env" and self.path_args[0] not in environments:
            # The board is about to create it after a restart, or when it hears that it is wanted.
            self.settings["watched"].want(self.path_args[0])
            raise RefusedError(404, "No such environment yet; this page looks again.", 2)
        if self.reads and self.kind == "compare":
            # Visdom would list what it once saved in the user's home, and fail without that.
            raise RefusedError(404, "Choose several environments in the page itself.")

    def render(self, template_name: str, **kwargs: Any) -> Any:
        page = self.render_string(template_name, **kwargs).decode()
        page = page.replace("<script", f'<script nonce="{self.nonce}"')
        self.set_header("Cache-Control", "no-store")
        return self.finish(page)


class ToVisdomPage(Page):
    """/visdom without its slash."""

    def check_request(self) -> None:
        """There is one such address."""

    def get(self) -> None:
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(f"{VISDOM}/{query}")


class StaticHandler(Guard, tornado.web.StaticFileHandler):
    """Visdom's own static files, and of those it does not carry the fetched ones."""

    def check_request(self) -> None:
        """Names of files are the base class's to check."""

    async def get(self, path: str, include_body: bool = True) -> None:
        files: VisdomFiles = self.settings["visdom_files"]
        if files.folder and not Path(self.root, path).is_file():
            self.root = str(files.folder)
        await super().get(path, include_body)

    @classmethod
    def make_static_url(
        cls, settings: dict[str, Any], path: str, include_version: bool = True
    ) -> str:
        if path == "../user/style.css":  # newer tornado refuses to leave the static folder
            return f"{VISDOM}/user/style.css"
        own, folder = Path(settings["static_path"], path), settings["visdom_files"].folder
        return versioned("/static/" + path, folder / path if folder and not own.exists() else own)


def versioned(url: str, path: Path) -> str:
    """The URL with a mark that changes with the file, so that browsers may keep it."""
    try:
        stat = path.stat()
    except OSError:
        return url
    mark = hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:12]
    return f"{url}?v={mark}"
