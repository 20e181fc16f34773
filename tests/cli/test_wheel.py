"""The wheel built from this tree, installed elsewhere: it holds what it needs and serves the demonstration."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "storage", "locales")
NO_CODE = ("*.html", "*.css", "*.js", "*.svg", "*.po", "*.mako")
MAIN = "from bot.__main__ import main; main()"
WHENCE = "import {floors}; print(*(f.__file__ for f in ({floors})), sep='\\n')".format(
    floors=", ".join(FLOORS)
)


def run(*words: object, **more) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


class Elsewhere:
    """A folder the wheel is installed in; what runs there, in the folder told, finds nothing of this tree."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.installed = folder / "installed"
        options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
        run("-m", "pip", "install", *options, "--target", self.installed, wheel)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAUNOI_", "COV_"))}
        self.env = kept | {"PYTHONPATH": str(self.installed), "PYTHONUTF8": "1"}

    def run(self, folder: Path, *words: str) -> str:
        return run(*words, cwd=folder, env=self.env)

    @contextmanager
    def serves(self, folder: Path, *words: str) -> Iterator[str]:
        """The address a command of caunoi prints; it is stopped afterwards."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=folder,
            env=self.env,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        said = ""
        try:
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
                line = process.stdout.readline()
                assert line, f"it ended: {said}"
                said += line
            yield found[0]
        finally:
            process.terminate()
            try:
                process.communicate(timeout=20)
            finally:
                process.kill()


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory) -> Elsewhere:
    return Elsewhere(wheel, tmp_path_factory.mktemp("elsewhere"))


# -- what is in it


@pytest.mark.parametrize("floor", FLOORS)
def test_all_code_and_all_that_is_no_code_is_in_the_wheel(names, floor):
    files = [file for kind in ("*.py", *NO_CODE) for file in (ROOT / floor).rglob(kind)]
    wanted = {file.relative_to(ROOT).as_posix() for file in files}
    assert wanted
    assert wanted - names == set()


@pytest.mark.parametrize(
    "name",
    [
        "bot/web/pages/demo.html",
        "bot/web/pages/base.css",
        "bot/web/pages/chat.js",
        "bot/web/pages/icon.svg",
        "locales/vi/handlers/joining/ways_in.po",
        "locales/en/handlers/joining/ways_in.po",
        "storage/migrations/env.py",
        "storage/migrations/script.py.mako",
        "storage/migrations/versions/0001_first.py",
    ],
)
def test_what_a_start_cannot_do_without_is_in_the_wheel(names, name):
    assert name in names


def test_the_licence_is_in_the_wheel_and_nothing_else_of_the_tree(names):
    own = {name for name in names if ".dist-info/" in name}
    assert any(name.endswith("/licenses/LICENSE") for name in own)
    assert {name.partition("/")[0] for name in names - own} == set(FLOORS)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".key", ".env"))]


# -- and it runs


def test_the_code_that_runs_elsewhere_is_the_installed_one(elsewhere, tmp_path):
    places = elsewhere.run(tmp_path, "-c", WHENCE).splitlines()
    assert [Path(place).parent for place in places] == [elsewhere.installed / floor for floor in FLOORS]
    assert "demo" in elsewhere.run(tmp_path, "-m", "bot", "--help")
    assert "Cầu Nối" in elsewhere.run(tmp_path, "-c", MAIN, "--help")


def test_the_demonstration_runs_elsewhere_with_its_pages_and_catalogues(elsewhere, tmp_path):
    with elsewhere.serves(tmp_path, "demo", "--port", "0") as address, httpx.Client(base_url=address) as http:
        page = http.get("/")
        assert (page.status_code, "Đồng hồ của Trung tâm" in page.text) == (200, True)
        for name in re.findall(r"/static/([\w.]+)", page.text):
            assert http.get(f"/static/{name}").status_code == 200, name
        script = http.get("/static/demo.js")
        assert (script.status_code, script.text) == (200, (ROOT / "bot/web/pages/demo.js").read_text("utf-8"))
        assert http.get("/health").json()["status"] == "ok"
    assert list(tmp_path.iterdir()) == []  # all of it is gone at the end


def test_a_database_is_made_and_led_up_elsewhere(elsewhere, tmp_path):
    elsewhere.run(tmp_path, "-m", "bot", "migrate")
    assert {file.name for file in tmp_path.iterdir()} >= {"caunoi.db", "caunoi.key"}
    stamp = "from storage.admin.migrate import HEAD, config; print(HEAD); print(config(None).get_main_option('script_location'))"
    head, scripts = elsewhere.run(tmp_path, "-c", stamp).splitlines()
    assert Path(scripts) == elsewhere.installed / "storage" / "migrations"
    revision = (
        "from alembic.script import ScriptDirectory; from storage.admin.migrate import config; "
        "print(ScriptDirectory.from_config(config(None)).get_current_head())"
    )
    assert elsewhere.run(tmp_path, "-c", revision).strip() == head
