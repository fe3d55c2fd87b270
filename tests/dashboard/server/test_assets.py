"""dashboard.server.assets: every browser file, verified, from a CDN or from npm, once."""

import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.server import assets
from dashboard.server.assets import ASSETS, Asset, AssetError, ensure, installed_version

PROJECT = Path(__file__).resolve().parents[3]


def quiet(text: str) -> None:
    """Takes a report and says nothing."""


@pytest.fixture
def wanted() -> tuple[Asset, ...]:
    return ASSETS[installed_version()]


@pytest.fixture
def cache(tmp_path: Path, page_files: Path) -> Path:
    """A cache of the test's own that has every file."""
    shutil.copytree(page_files, tmp_path / "cache" / page_files.name)
    return tmp_path / "cache"


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_cdn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens on port 9."""
    monkeypatch.setattr(assets, "CDN", "http://127.0.0.1:9")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *parts: object) -> None:
        pass


@pytest.fixture
def cdn(
    tmp_path: Path, page_files: Path, wanted: tuple[Asset, ...], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A CDN of our own; the folder it serves."""
    folder = tmp_path / "cdn"
    for asset in wanted:
        path = folder / asset.package / asset.member
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(page_files / asset.target)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setattr(assets, "CDN", f"http://127.0.0.1:{server.server_port}")
        yield folder
        server.shutdown()
        thread.join()


def assert_complete(root: Path, wanted: tuple[Asset, ...]) -> None:
    for asset in wanted:
        assert assets._sha256((root / asset.target).read_bytes()) == asset.sha256, asset.target
    assert not list(root.rglob(".part-*"))


@pytest.mark.parametrize("version", ASSETS)
def test_every_file_is_named_once_with_its_version_and_hash(version: str) -> None:
    targets = [asset.target for asset in ASSETS[version]]
    assert len(targets) == len(set(targets))
    for asset in ASSETS[version]:
        assert asset.target.split("/")[0] in ("js", "css", "fonts")
        name, _, number = asset.package.partition("@")
        assert name
        assert number.count(".") == 2
        assert len(bytes.fromhex(asset.sha256)) == 32


def test_an_empty_cache_is_filled_from_the_cdn(
    cdn: Path, no_npm: None, tmp_path: Path, wanted: tuple[Asset, ...]
) -> None:
    said: list[str] = []
    root = ensure(tmp_path / "new", said.append)
    assert root == tmp_path / "new" / f"visdom-{installed_version()}"
    assert_complete(root, wanted)
    assert said == [f"Fetching {len(wanted)} browser files of Visdom's own page (once) ..."]


def test_later_starts_need_no_network(
    cache: Path, no_cdn: None, no_npm: None, wanted: tuple[Asset, ...]
) -> None:
    said: list[str] = []
    for _ in range(2):
        assert_complete(ensure(cache, said.append), wanted)
    assert said == []


@pytest.mark.skipif(not shutil.which("npm"), reason="no npm on this machine")
def test_a_missing_file_comes_from_npm_where_the_cdn_does_not_answer(
    cache: Path, no_cdn: None, wanted: tuple[Asset, ...]
) -> None:
    root = cache / f"visdom-{installed_version()}"
    (root / "js/layout_bin_packer.js").unlink()
    assert_complete(ensure(cache, quiet), wanted)


@pytest.mark.parametrize("damage", ["shortened", "changed in place", "emptied"])
def test_an_altered_file_is_fetched_again_whatever_its_times_say(
    cache: Path, cdn: Path, no_npm: None, wanted: tuple[Asset, ...], damage: str
) -> None:
    root = ensure(cache, quiet)
    path = root / "js/plotly-plotly.min.js"
    content, before = path.read_bytes(), path.stat()
    damaged = {"shortened": content[:1000], "changed in place": b"x" + content[1:], "emptied": b""}
    path.write_bytes(damaged[damage])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    said: list[str] = []
    assert_complete(ensure(cache, said.append), wanted)
    assert said == [
        f"1 browser file of Visdom's page in {root} changed since it was fetched "
        "(first: js/plotly-plotly.min.js); fetching 1 again ..."
    ]


def test_a_start_never_serves_an_altered_file_that_cannot_be_fetched_again(
    cache: Path, no_cdn: None, no_npm: None
) -> None:
    path = ensure(cache, quiet) / "js/jquery.min.js"
    path.write_bytes(path.read_bytes() + b"alert('evil')")
    with pytest.raises(AssetError, match=r"js/jquery\.min\.js"):
        ensure(cache, quiet)


def test_a_file_with_a_wrong_hash_is_never_kept(
    cdn: Path, no_npm: None, tmp_path: Path, wanted: tuple[Asset, ...]
) -> None:
    evil = cdn / wanted[3].package / wanted[3].member
    evil.unlink()
    evil.write_bytes(b"alert('evil')")
    with pytest.raises(AssetError, match=wanted[3].target):
        ensure(tmp_path / "new", quiet)
    kept = [path.read_bytes() for path in tmp_path.glob("new/**/*") if path.is_file()]
    assert len(kept) == len(wanted) - 1
    assert b"alert('evil')" not in kept


def test_without_any_source_one_sentence_names_the_file_and_the_ways_out(
    no_cdn: None, no_npm: None, tmp_path: Path, wanted: tuple[Asset, ...]
) -> None:
    with pytest.raises(AssetError) as error:
        ensure(tmp_path / "new", quiet)
    text = str(error.value)
    assert wanted[0].target in text
    assert "npm" in text
    assert str(tmp_path / "new") in text
    assert text.count("\n") == 0


def test_a_cdn_that_accepts_and_says_nothing_is_given_up_soon(
    no_npm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "CONNECT_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(assets, "CDN", f"http://127.0.0.1:{silent.getsockname()[1]}")
        started_s = time.monotonic()
        with pytest.raises(AssetError):
            ensure(tmp_path / "new", quiet)
        assert time.monotonic() - started_s < 10  # it would wait for ever


def test_two_starts_at_once_do_each_other_no_harm(
    cdn: Path, no_npm: None, tmp_path: Path, wanted: tuple[Asset, ...]
) -> None:
    code = (
        "import sys; from pathlib import Path; from dashboard.server import assets; "
        "assets.CDN = sys.argv[1]; print(assets.ensure(Path(sys.argv[2]), lambda text: None))"
    )
    command = [sys.executable, "-c", code, assets.CDN, str(tmp_path / "new")]
    starts = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [start.communicate(timeout=30)[0] != "" for start in starts] == [True] * 3
    assert_complete(tmp_path / "new" / f"visdom-{installed_version()}", wanted)


def test_a_cache_that_cannot_be_written_is_one_clear_sentence(
    cdn: Path, no_npm: None, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AssetError, match="cannot be kept in"):
        ensure(tmp_path / "file", quiet)


def test_the_cache_is_where_the_person_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert assets.default_cache() == Path("/elsewhere/trainboard")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert assets.default_cache() == Path("/home/ada/.cache/trainboard")


@pytest.mark.parametrize("version", [None, "0.1.8"])
def test_a_missing_or_unknown_visdom_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    def answer(name: str) -> str:
        if version is None:
            raise assets.importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(assets.importlib.metadata, "version", answer)
    with pytest.raises(AssetError, match=r"0\.2\.4 and 0\.3\.0"):
        ensure(Path(os.devnull), quiet)
