"""Where plotly's browser file is: it comes with the Python package, so nothing is ever fetched.

The package itself is not imported: the file is all that is used of it.
"""

from importlib.util import find_spec
from pathlib import Path

from dashboard.server.assets import AssetError


def plotly_file() -> Path:
    """The whole of plotly.js in one file. Raises AssetError where the package is not installed."""
    package = find_spec("plotly")
    if package is not None and package.origin is not None:
        file = Path(package.origin).parent / "package_data" / "plotly.min.js"
        if file.is_file():
            return file
    raise AssetError("plotly is not installed: pip install -r requirements.txt")
