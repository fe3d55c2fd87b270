"""The browser files that Visdom's page asks for and its package does not carry.

Every file is named once in ASSETS: where the page looks for it, the npm package (with its
version) that holds it, and its SHA-256. `ensure` brings the missing ones into the user's cache,
from a CDN or, where that fails, through the npm client; later starts need no network, and hash
every file again. Our own page needs none of them. It serves nothing, and when it is called is for
`dashboard.server.visdom_files` to say.
"""

# ruff: noqa: E501 (one line of the table is one file with its hash)

import contextlib
import hashlib
import importlib.metadata
import os
import queue
import shutil
import subprocess
import tarfile
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dashboard.errors import UserError
from dashboard.scratch import scratch_folder

CDN = "https://unpkg.com"  # serves the files of npm packages as they are
CONNECT_TIMEOUT_S = 3.0
DOWNLOAD_TIMEOUT_S = 60.0  # one file, once the CDN has answered; the largest has 3.5 MB
NPM_TIMEOUT_S = 240.0


class AssetError(UserError):
    """A browser file is missing and could not be fetched; the message says what to do."""


@dataclass(frozen=True)
class Asset:
    """One file: `target` below the static root, `member` inside the npm `package` (name@version)."""

    target: str
    package: str
    member: str
    sha256: str

    @property
    def url(self) -> str:
        return f"{CDN}/{self.package}/{self.member}"


def _mathjax(member: str, sha256: str) -> Asset:
    """A part of MathJax 2.7.5: what the page asks for at once, and for formulas in plots."""
    return Asset(f"js/mathjax/2.7.5/{member}", "mathjax@2.7.5", member, sha256)


# fmt: off
SHARED = (
    Asset("js/jquery.min.js", "jquery@3.1.1", "dist/jquery.min.js", "85556761a8800d14ced8fcd41a6b8b26bf012d44a318866c0d81a62092efd9bf"),
    Asset("js/bootstrap.min.js", "bootstrap@3.3.7", "dist/js/bootstrap.min.js", "53964478a7c634e8dad34ecc303dd8048d00dce4993906de1bacf67f663486ef"),
    Asset("css/bootstrap.min.css", "bootstrap@3.3.7", "dist/css/bootstrap.min.css", "f75e846cc83bd11432f4b1e21a45f31bc85283d11d372f7b19accd1bf6a2635c"),
    Asset("fonts/glyphicons-halflings-regular.woff2", "bootstrap@3.3.7", "dist/fonts/glyphicons-halflings-regular.woff2", "fe185d11a49676890d47bb783312a0cda5a44c4039214094e7957b4c040ef11c"),
    Asset("fonts/glyphicons-halflings-regular.woff", "bootstrap@3.3.7", "dist/fonts/glyphicons-halflings-regular.woff", "a26394f7ede100ca118eff2eda08596275a9839b959c226e15439557a5a80742"),
    Asset("js/react-react.min.js", "react@16.2.0", "umd/react.production.min.js", "c28b91922bca297037cba02ec85c1c0dc179d1a942355f0b6e085f6021fa67df"),
    Asset("js/react-dom.min.js", "react-dom@16.2.0", "umd/react-dom.production.min.js", "f61ac9c43e0842c58774da732e424a606898fd211914925252ac9e64f34a77c8"),
    Asset("js/layout_bin_packer.js", "layout-bin-packer@1.4.0", "dist/layout-bin-packer.js", "312ed1834f78f497ac3c9e943ce4657679d26ad8cd62d7f722912d26c9d0ed29"),
    Asset("js/plotly-plotly.min.js", "plotly.js-dist-min@2.11.1", "plotly.min.js", "dd146b2db18d4ced4743018fa65ada14b723bf1aae08b559a5576ba8116cd889"),
    Asset("js/d3.v3.min.js", "d3@3.5.17", "d3.min.js", "76c39718d1c0a3fb321676b3b7e29306c0907919a5716d5728bd1b08ae0169e7"),
    Asset("js/d3-selection-multi.v1.js", "d3-selection-multi@1.0.1", "build/d3-selection-multi.js", "22f89270afc6f231f8b974e37172a15525f28035276ca960f8ccdce622700315"),
    Asset("js/saveSvgAsPng.js", "save-svg-as-png@1.4.17", "lib/saveSvgAsPng.js", "71c46f2411daf6ba2a4e38ec563d92f1da42f88da9247a2bdd5c8a10bde93ae3"),
)

ASSETS: dict[str, tuple[Asset, ...]] = {
    "0.2.4": (
        *SHARED,
        Asset("css/react-resizable-styles.css", "react-resizable@1.4.6", "css/styles.css", "7c9122a97c86b4be7839fd3d23c37d06aec1ece3ef830f8bae3a8c121056d528"),
        Asset("css/react-grid-layout-styles.css", "react-grid-layout@0.16.3", "css/styles.css", "4ec035a50c31ec008bab5794e88ef056043e63aaa8dcbb24d36e5a73780b4dbc"),
        _mathjax("MathJax.js", "9ef249bfdc162849bcf2abe8425f5e90bd89fa4fd1588b1a492731c65b2bbfc9"),
        _mathjax("config/TeX-AMS-MML_HTMLorMML.js", "f380ca5d5257b34fc5f0e4cccd7e1447dd3dfa3b65e06ed23f2a4f6af17e19f0"),
        _mathjax("jax/output/SVG/config.js", "d680518add37c0d1bf50dea3c93a4cd2aa703d5e1d3e2748a0e016c26aee253c"),
        _mathjax("jax/output/SVG/jax.js", "39d9a95fcde78f560cb5fcf11bb434ca5ad2349d74737b71160c8f473861fb5d"),
        _mathjax("jax/output/SVG/fonts/TeX/fontdata.js", "c23d4bebe304610f617983eaeab7f8aa5e13a45391318f30ccf2650fbff939e1"),
        _mathjax("jax/output/SVG/fonts/TeX/AMS/Regular/Main.js", "1b58b4f311e4c02c514ab3d0ad4dd2b6d13c398e0a32225367a95e195b30153a"),
        _mathjax("jax/output/SVG/fonts/TeX/Caligraphic/Regular/Main.js", "0e5147cd7ea116cd0b5cd183d86f26f60724913cf82d7954c0a09e381effaf52"),
        _mathjax("jax/output/SVG/fonts/TeX/Size1/Regular/Main.js", "3e1c830e9c05a62f9caf86f9e13d926c38c5136b1eba8f6171953e839ce3941f"),
        _mathjax("jax/output/SVG/fonts/TeX/Size2/Regular/Main.js", "f7b84ed0d37f4dd95818968e7f0986e97ef55e0fd8f4748a193a77bb4a040624"),
        _mathjax("jax/output/SVG/fonts/TeX/Size3/Regular/Main.js", "c022a51933beb71e0f33b8b7c44c49a7d3fae06588e4ffffd8f93c228d740b7c"),
        _mathjax("jax/output/SVG/fonts/TeX/Size4/Regular/Main.js", "354fd0b6d6f74bd4de027b20e0cbcc53b629434304ab2265f8130e2651f17b64"),
    ),
    "0.3.0": (
        *SHARED,
        Asset("css/react-resizable-styles.css", "react-resizable@3.1.3", "css/styles.css", "08fba77b2ebcdb6d82519998bbdaf4690a4cc235d26c51aeccd70f9a4158192d"),
        Asset("css/react-grid-layout-styles.css", "react-grid-layout@2.2.3", "css/styles.css", "924b27a74bd4642110e68002786c901a0aa42860858fe97a153ad7502db2a3c2"),
        Asset("js/mathjax/3.2.2/es5/tex-mml-svg.js", "mathjax@3.2.2", "es5/tex-mml-svg.js", "1f17a7ed95ff4a4b27d16bf0fb5f80b915686ee8673e82983a2876ecf8cb9fae"),
    ),
}
# fmt: on


def installed_version() -> str:
    """The installed Visdom's version. Raises AssetError where it is missing or unknown to us."""
    versions = " and ".join(ASSETS)
    try:
        version = importlib.metadata.version("visdom")
    except importlib.metadata.PackageNotFoundError:
        raise AssetError(f"Visdom is not installed; install version {versions}.") from None
    if version not in ASSETS:
        raise AssetError(f"Visdom {version} is installed; the dashboard works with {versions}.")
    return version


def default_cache() -> Path:
    """The user's cache folder for us: below $XDG_CACHE_HOME, else below ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainboard"


def ensure(cache_dir: Path | None = None, report: Callable[[str], object] = print) -> Path:
    """Return the folder that holds every file of ASSETS, verified, for the installed Visdom.

    Missing or altered files are fetched, each verified by its SHA-256 and moved into place
    whole, so two starts at once do no harm. Raises AssetError, in one sentence, where neither
    the CDN nor npm works. With everything in place it costs one hash of each file, some
    milliseconds for all.
    """
    version = installed_version()
    root = (cache_dir or default_cache()) / f"visdom-{version}"
    try:
        missing_assets = _missing(root, ASSETS[version])
        if missing_assets:
            report(_reason(root, missing_assets))
            _fetch(root, missing_assets)
            missing_assets = _missing(root, missing_assets)
    except OSError as error:
        raise AssetError(
            f"The browser files cannot be kept in {root} ({error.strerror or error}); "
            "make it writable or set XDG_CACHE_HOME to a folder that is."
        ) from error
    if missing_assets:
        raise AssetError(
            f"{len(missing_assets)} browser files of Visdom {version} are missing or altered (first: "
            f"{missing_assets[0].target}) and neither {CDN} nor npm gave them: connect to the internet "
            f"once (with npm installed if the CDN is blocked), or copy {root} from a machine "
            "that has it."
        )
    return root


def _missing(root: Path, assets: Iterable[Asset]) -> list[Asset]:
    """The assets that are absent or whose content is wrong.

    Every file is read and hashed each time: its size and times say nothing of who wrote it.
    """
    return [asset for asset in assets if not _is_whole(root / asset.target, asset.sha256)]


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return _sha256(path.read_bytes()) == sha256
    except OSError:
        return False


def _reason(root: Path, assets: list[Asset]) -> str:
    """Why these are fetched: a file that is there and not as it came is named."""
    targets = [asset.target for asset in assets if (root / asset.target).exists()]
    if not targets:
        return f"Fetching {len(assets)} browser files of Visdom's own page (once) ..."
    return (
        f"{len(targets)} browser file{'s' * (len(targets) != 1)} of Visdom's page in {root} "
        f"changed since {'they were' if targets[1:] else 'it was'} fetched (first: {targets[0]}); "
        f"fetching {len(assets)} again ..."
    )


def _fetch(root: Path, assets: list[Asset]) -> None:
    """Write what the CDN gives and, from its first failure on, what npm gives."""
    there = set()
    for source in (_from_cdn, _from_npm):
        for asset, content in source([a for a in assets if a not in there]):
            if _sha256(content) == asset.sha256:
                _write(root / asset.target, content)
                there.add(asset)


def _from_cdn(assets: list[Asset]) -> Iterator[tuple[Asset, bytes]]:
    """Yield files until the first that does not come in time.

    The downloads run in a thread of their own because looking up a name has no time-out.
    """
    arrivals: queue.Queue[tuple[Asset, bytes] | None] = queue.Queue()

    def download() -> None:
        try:
            for asset in assets:
                with urllib.request.urlopen(asset.url, timeout=CONNECT_TIMEOUT_S) as answer:
                    arrivals.put((asset, answer.read()))
        except (OSError, ValueError):
            pass
        finally:
            arrivals.put(None)

    threading.Thread(target=download, name="cdn", daemon=True).start()
    patience_s = CONNECT_TIMEOUT_S + 1.0
    while True:
        try:
            arrival = arrivals.get(timeout=patience_s)
        except queue.Empty:
            return
        if arrival is None:
            return
        yield arrival
        patience_s = DOWNLOAD_TIMEOUT_S


def _from_npm(assets: list[Asset]) -> Iterator[tuple[Asset, bytes]]:
    """Yield files out of the packages that the npm client fetches."""
    npm = shutil.which("npm")
    if not npm or not assets:
        return
    packages = sorted({asset.package for asset in assets})
    with scratch_folder() as folder:
        with contextlib.suppress(subprocess.TimeoutExpired):  # what has arrived is still used
            subprocess.run(
                [npm, "pack", "--silent", "--fetch-retries=1", *packages],
                cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=NPM_TIMEOUT_S, check=False,
            )  # fmt: skip
        for asset in assets:
            archive = Path(folder, asset.package.replace("@", "-") + ".tgz")
            try:
                yield asset, _member(archive, asset.member)
            except (OSError, KeyError, tarfile.TarError, EOFError):
                continue


def _member(archive: Path, member: str) -> bytes:
    """The content of one file of an npm package; npm puts all below one folder."""
    with tarfile.open(archive) as package:
        for entry in package:
            if entry.isfile() and entry.name.partition("/")[2] == member:
                content = package.extractfile(entry)
                if content:
                    return content.read()
    raise KeyError(member)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        part.write(content)
    try:
        Path(part.name).chmod(0o644)
        os.replace(part.name, path)
    except OSError:
        Path(part.name).unlink(missing_ok=True)
        raise
