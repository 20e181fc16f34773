"""The pages' scripts fit each other, and what their styles say of type, looked at without a browser."""

import re
from pathlib import Path

import pytest

from bot.web import pages

FOLDER = Path(pages.__file__).parent
SCRIPTS = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.js")}
IMPORT = re.compile(r'^import \{ ([^}]+) \} from "/static/([a-z]+\.js)";$', re.MULTILINE)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_what_a_script_imports_is_exported_there(name):
    """The demonstration's page stood empty because a function had moved to another file."""
    found = IMPORT.findall(SCRIPTS[name])
    assert len(found) == SCRIPTS[name].count("\nimport ")
    for names, source in found:
        for one in names.split(", "):
            called = one.partition(" as ")[0]  # where it comes from, whatever it is called here
            assert re.search(
                rf"^export (?:async )?(?:function|class|const) {called}\b", SCRIPTS[source], re.MULTILINE
            )


def test_no_type_is_set_in_pixels():
    for file in FOLDER.glob("*.css"):
        assert not re.search(r"font(-size)?:[^;]*\dpx", file.read_text("utf-8")), file.name
