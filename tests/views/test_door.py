"""Whom the app lets in: in doubt nobody, wherever it is started."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from corridor.experiments.commands import app
from corridor.experiments.commands.door import FIELDS, NAME, Door, door, is_here, secrets_files
from corridor.experiments.commands.shell import main
from corridor.model.errors import InvalidInput
from corridor.views import upload
from tests import ROOT
from tests.views.questions import SECONDS

WHOLE = "[auth]\n" + "".join(f'{name} = "{name} of thirty-two characters or more"\n' for name in FIELDS)
WRONG = {
    "a quote is missing": WHOLE.replace('more"\n', "more\n", 1),
    "another letter case": WHOLE.replace("[auth]", "[Auth]"),
    "another word": WHOLE.replace("[auth]", "[oauth]"),
    "misspelt": WHOLE.replace("[auth]", "[atuh]"),
    "the heading is left out": WHOLE.replace("[auth]\n", ""),
    "the heading is a remark": WHOLE.replace("[auth]", "# [auth]"),
    "a list of sections": WHOLE.replace("[auth]", "[[auth]]"),
    "below another section": WHOLE.replace("[auth]", "[corridor.auth]"),
    "switched on as a word": "auth = true\n",
    "nothing in it": "[auth]\n",
    "one field is missing": WHOLE.replace("client_id", "client"),
    "an empty secret": WHOLE.replace("cookie_secret of thirty-two characters or more", ""),
    "a secret that can be guessed": WHOLE.replace("cookie_secret of thirty-two characters or more", "secret"),
    "no text": WHOLE.encode("utf-16"),
}


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.fixture
def started(monkeypatch):
    """The command that starts the server, instead of the server."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(app, "subprocess", SimpleNamespace(run=run))
    return commands


DOOR = """
import streamlit as st
from corridor.views import signin
if signin.is_open():
    st.title("Inside")
"""


@pytest.fixture
def shown(monkeypatch):
    """Draw the door with files of secrets, as the app was started, for a visitor."""

    def draw(files=(), who="here", **headers):
        given = {"secrets.files": [str(file) for file in files]}
        monkeypatch.setattr(st, "get_option", lambda name: given[name])
        monkeypatch.setattr(sys, "argv", ["app.py", who])
        monkeypatch.setattr(type(st.context), "headers", headers)
        script = AppTest.from_string(DOOR, default_timeout=SECONDS).run()
        assert not script.exception
        return script

    return draw


def is_shut(script):
    return [title.value for title in script.title] == ["Corridor"] and not script.get("button")


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_a_mistake_in_the_secrets_opens_the_pages_to_nobody(tmp_path, monkeypatch, started, shown, capsys, content):
    file = written(tmp_path, content)
    monkeypatch.chdir(tmp_path)
    assert main(["app"]) == 2
    assert started == []
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert str(file) in complaint
    script = shown([file])
    assert is_shut(script)
    assert "Sign-in is not set up rightly" in script.error[0].value
    assert str(tmp_path) not in script.error[0].value
    assert "thirty" not in complaint + script.error[0].value, "a secret is told"


def test_secrets_that_may_not_be_read_open_the_pages_to_nobody(tmp_path, monkeypatch):
    (tmp_path / NAME).mkdir(parents=True)
    with pytest.raises(InvalidInput, match="Is a directory"):
        door([tmp_path / NAME])

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(InvalidInput, match="Permission denied"):
        door([tmp_path / NAME])


def test_the_whole_app_is_behind_the_door(shown, tmp_path):
    shown([written(tmp_path, "[Auth]\n")])
    assert is_shut(AppTest.from_file(str(app.PAGE), default_timeout=SECONDS).run())


def test_another_working_directory_does_not_lose_the_sign_in(tmp_path, monkeypatch, started):
    file = written(tmp_path, WHOLE)
    deeper = tmp_path / "results" / "today"
    deeper.mkdir(parents=True)
    monkeypatch.chdir(deeper)
    assert main(["app"]) == 0
    (command,) = started
    assert str(file) in command
    assert command[-1] == Door.known.name
    assert secrets_files(app.PAGE, deeper)[-3] == file


def test_without_sign_in_only_this_machine_is_answered(tmp_path, monkeypatch, started, shown, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["app"]) == 0
    assert started[-1][started[-1].index("--server.address") + 1] == "127.0.0.1"
    assert started[-1][-1] == Door.here.name
    assert main(["app", "--address", "0.0.0.0"]) == 2
    assert "sign-in" in capsys.readouterr().err
    assert main(["app", "--address", "0.0.0.0", "--open"]) == 0
    assert started[-1][-1] == Door.everybody.name
    assert is_shut(shown(Host="corridor.example.org"))
    assert is_shut(shown(who="no such word", Host="corridor.example.org"))
    for host in ("localhost:8501", "127.0.0.1:8501", "[::1]:8501"):
        assert shown(Host=host, Origin=f"http://{host}").title[0].value == "Inside"
    assert shown(who="everybody", Host="corridor.example.org").title[0].value == "Inside"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "corridor.example.org"},
        {"Host": "192.168.1.7:8501"},
        {"Host": "127.0.0.1.example.org"},
        {"Host": "127.0.0.1:8501", "Origin": "https://corridor.example.org"},
        {"Host": "127.0.0.1:8501", "X-Forwarded-For": "203.0.113.7"},
        {"Host": "localhost", "Via": "1.1 proxy"},
        {"Origin": "http://localhost:8501"},
        {"Host": "[::1"},
    ],
)
def test_a_reverse_proxy_is_not_taken_for_this_machine(headers):
    assert not is_here(headers)


def test_sign_in_that_is_gone_since_the_start_shuts_the_door(shown, tmp_path):
    assert is_shut(shown([tmp_path / NAME], who="known"))


def test_sign_in_and_open_to_everybody_exclude_each_other(tmp_path, monkeypatch, started):
    written(tmp_path, WHOLE)
    monkeypatch.chdir(tmp_path)
    assert main(["app", "--open"]) == 2
    assert started == []


def test_who_has_signed_in_is_let_in(shown, tmp_path):
    file = written(tmp_path, WHOLE)
    for headers in ({"Host": "localhost"}, {"Host": "corridor.example.org"}):
        script = shown([file], **headers)
        assert [title.value for title in script.title] == ["Corridor"]
        assert [button.label for button in script.button] == ["Sign in"]


def test_secrets_of_other_programs_ask_for_no_sign_in(tmp_path):
    assert door([written(tmp_path, '[database]\npassword = "x"\n')]) is Door.here


def test_settings_come_with_the_command_from_any_directory(tmp_path, monkeypatch, started):
    """A user's own settings of Streamlit, or none, change nothing of what protects the server."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[client]\nshowErrorDetails = "full"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["app", "--port", "9999"]) == 0
    (command,) = started
    flags = command[command.index("run") + 2 : command.index("--")]
    program = [sys.executable, "-m", "streamlit", "config", "show", *flags]
    lines = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in (
        'showErrorDetails = "none"', 'toolbarMode = "minimal"', "maxUploadSize = 5", 'address = "127.0.0.1"',
        "port = 9999", "enableXsrfProtection = true", "enableCORS = true", 'fileWatcherType = "none"',
        "gatherUsageStats = false",
    ):  # fmt: skip
        assert line in lines
    assert set(app.SETTINGS) <= set(config.get_config_options())
    assert int(app.SETTINGS["server.maxUploadSize"]) * 1_000_000 == upload.MOST_BYTES


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none_is_one_sentence(started, port, capsys):
    assert main(["app", f"--port={port}"]) == 2
    assert "1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["secrets.toml", ".streamlit/secrets.toml"])
def test_secrets_are_not_taken_into_the_repository(file):
    assert subprocess.run(["git", "check-ignore", "--quiet", file], cwd=ROOT).returncode == 0
