"""The Dockerfile, whose steps are followed here without a daemon: all that the app needs is there, and it answers.

Its RUN steps run in a shell, in a folder of their own. Programs that would change this machine (adding a user, giving
files away, installing) only note what they are asked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests import PROJECT
from tests.journeys.browser import free_port

NOTED = ("useradd", "chown", "pip")
HEALTHY_WITHIN = 60  # seconds, the start period of its health check


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in their order: (COPY, its arguments) and so on."""
    lines = re.sub(r"^#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    pairs = [line.partition(" ")[::2] for line in lines.splitlines() if line.strip()]
    return [(name, re.sub(r" +", " ", arguments)) for name, arguments in pairs]


@pytest.fixture
def programs(tmp_path) -> dict[str, str]:
    """An environment in which `python` is this one, and what changes a machine only notes it in `noted`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NOTED:
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/noted\n')
        (folder / name).chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin"}


@pytest.fixture
def image(tmp_path, programs) -> Path:
    """The image's working folder after all steps: with what is copied, and nothing that .dockerignore leaves out."""
    ignored = (PROJECT / ".dockerignore").read_text().split()
    folder = tmp_path
    for name, arguments in instructions():
        if name == "WORKDIR":
            folder = tmp_path / arguments.strip("/")
            folder.mkdir()
        elif name == "RUN":
            subprocess.run(["sh", "-ec", arguments], cwd=folder, env=programs, check=True, timeout=60)
        elif name == "COPY":
            *sources, target = [word for word in arguments.split() if not word.startswith("--")]
            for source in sources:
                assert f"!{source}" in ignored, f"{source} is left out by .dockerignore"
                place = folder / target
                if (PROJECT / source).is_dir():
                    shutil.copytree(PROJECT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    place = place / Path(source).name if target.endswith(("/", ".")) else place
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(PROJECT / source, place)
    return folder


def test_its_steps_make_an_app_that_answers(image, programs, tmp_path):
    told, port = dict(instructions()), str(free_port())
    noted = (tmp_path / "noted").read_text().splitlines()
    assert "useradd --create-home --home-dir /digitlens digitlens" in noted
    assert "chown digitlens data runs own" in noted  # where the user writes; all else is root's
    assert [line.split()[-1] for line in noted if "pip install" in line] == [
        next(line for line in (PROJECT / "requirements.txt").read_text().splitlines() if line.startswith("torch==")),
        "requirements.txt",
    ]
    # The data of this machine, or none: nothing is downloaded here.
    settings = {"STREAMLIT_SERVER_PORT": port, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    check = [word.replace(told["EXPOSE"], port) for word in json.loads(told["HEALTHCHECK"].partition("CMD ")[2])]
    app = subprocess.Popen(json.loads(told["CMD"]), cwd=image, env=programs | settings, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + HEALTHY_WITHIN
        while subprocess.run(check, env=programs, capture_output=True, check=False).returncode:
            assert app.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.5)
    finally:
        app.terminate()
        app.wait(20)  # it ends by itself when it is asked to, as a container's first process should


def test_what_it_copies_is_all_that_a_page_and_the_command_line_need(image):
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app.py', default_timeout=100).run()\n"
        "assert not page.exception, page.exception\n"
        "assert not page.error, page.error"
    )
    for arguments in (["-c", code], ["-m", "ocr", "data", "--json"]):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=image, capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]


def test_it_runs_as_nobody_special_checks_its_health_and_keeps_what_people_make(image):
    told = dict(instructions())
    assert told["USER"] == "digitlens"
    assert "/_stcore/health" in told["HEALTHCHECK"]
    assert json.loads(told["VOLUME"]) == [f"/digitlens/{name}" for name in ("data", "runs", "own")]
    *_, shell = json.loads(told["CMD"])
    assert subprocess.run(["sh", "-n", "-c", shell], check=False).returncode == 0
    assert "--server.address=0.0.0.0" in shell  # in a container, 127.0.0.1 is the container


def test_it_installs_the_torch_that_is_pinned_for_processors():
    [install] = [arguments for name, arguments in instructions() if name == "RUN" and "pip install" in arguments]
    command = re.search(r"\$\((.*?)\)", install)
    assert command
    found = subprocess.run(["sh", "-c", command[1]], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert Requirement(found.strip()).name == "torch"
    assert "https://download.pytorch.org/whl/cpu" in install


@pytest.mark.parametrize(
    ("card", "reachable", "there", "installs"),
    [
        (False, True, False, True),
        (True, True, False, False),
        (False, False, False, False),
        (False, True, True, False),
    ],
)
def test_make_takes_torch_for_processors_where_there_is_no_card_and_it_can_be_had(
    tmp_path, card, reachable, there, installs
):
    """With programs in place of Python's that only say what they are asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n'
        f'case "$2" in "import torch") exit {int(not there)};; *urlopen*) exit {int(not reachable)};; esac\n'
    )
    (programs / "nvidia-smi").write_text("#!/bin/sh\n")
    (programs / "python").chmod(0o755)
    (programs / "nvidia-smi").chmod(0o755 if card else 0o644)
    shutil.copy(PROJECT / "requirements.txt", tmp_path)
    makefile = (PROJECT / "Makefile").read_text() + "\ntorch:\n\t@$(CPU_TORCH)\n"
    (tmp_path / "Makefile").write_text(makefile)
    path = {"PATH": f"{programs}:/usr/bin:/bin"}
    subprocess.run(["make", "--silent", f"BIN={programs}", "torch"], cwd=tmp_path, env=path, check=True, timeout=60)
    asked = (tmp_path / "asked").read_text() if (tmp_path / "asked").exists() else ""
    wanted = "--index-url https://download.pytorch.org/whl/cpu torch==2.13.0\n"
    assert asked.endswith(wanted) == installs
    assert ("pip install" in asked) == installs
