"""Makes one HTML file of our page: its modules, styles, plotly and whatever it is to be told.

It opens from a mail's attachment, without a server or a network. What it is told is packed (gzip);
`static/report/boot.js` unpacks it and begins the page as a server would have sent it. What stands
in a report is decided by `dashboard.cli.report`.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.server.pages import FILES, NO_MODULES
from dashboard.server.plotly_file import plotly_file
from dashboard.windows.html import escape

NEIGHBOUR = re.compile(r"""(\bfrom\s+|\bimport\s+)(['"])\./([\w-]+\.js)\2""")
STYLE = re.compile(r'<link rel="stylesheet" href="/trainboard/page/(css/[\w-]+\.css)">\n')
LINKED = re.compile(r'<(?:link rel="icon"|script type="module"|script src=)[^\n]*\n')


def bundle(title: str, content: Mapping[str, Any]) -> str:
    """The file's text. content: JSON values for boot.js, which says what it looks for.

    Raises AssetError without plotly's file.
    """
    page = _file("index.html")
    styles = [_file(name) for name in STYLE.findall(page)] + [_file("report/report.css")]
    head = LINKED.sub("", STYLE.sub("", page)).replace("<!-- scripts -->\n", "")
    everything = {**content, "modules": modules(), "icon": _file("icon.svg"),
                  "plotly": plotly_file().read_text(encoding="utf-8")}  # fmt: skip
    payload = base64.b64encode(gzip.compress(json.dumps(everything, allow_nan=False).encode()))
    parts = [
        "<style>\n" + "\n".join(styles) + "</style>",
        f"<script>\n{_file('js/theme-first.js')}</script>",
        f'<script id="packed" type="application/octet-stream">{payload.decode()}</script>',
    ]
    boot = f"<script>\n{_file('report/boot.js')}</script>\n</body>"
    return (
        head.replace("<title>Trainboard</title>", f"<title>{escape(title)}</title>")
        .replace("</head>", "\n".join(parts) + "\n</head>")
        .replace("<body>", "<body data-report>")
        .replace("</body>", boot)
    )


def modules() -> dict[str, str]:
    """The page's modules by name; they import each other under names for an import map."""
    return {
        path.name: NEIGHBOUR.sub(r"\1\2trainboard/\3\2", path.read_text(encoding="utf-8"))
        for path in sorted((FILES / "js").glob("*.js"))
        if path.name not in NO_MODULES
    }


def _file(name: str) -> str:
    return Path(FILES / name).read_text(encoding="utf-8")
