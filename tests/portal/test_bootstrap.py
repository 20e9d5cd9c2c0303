"""The bootstrap in a copy of its own, with stand-ins for what it calls: the network stays out of it."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "portal" / "bootstrap.py"
PYTHON = sys._base_executable  # the one that makes virtual environments, not .venv's


@pytest.fixture
def project(tmp_path):
    """Give a project with an empty lock: installing it takes a second and no network."""
    (tmp_path / "portal").mkdir()
    shutil.copy(SOURCE, tmp_path / "portal")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def command(project, *arguments):
    return [PYTHON, "-I", str(project / "portal" / "bootstrap.py"), *arguments]


def bootstrap(project, *arguments, path=os.defpath, **environment):
    env = {"PATH": path, "HOME": str(project), **environment}
    return subprocess.run(command(project, *arguments), env=env, capture_output=True, text=True)


def program(folder, name, text="exit 0"):
    """Write an executable shell script."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_the_first_run_installs_and_the_second_takes_milliseconds(project):
    first = bootstrap(project, "run", "python", "-c", "import sys; print(sys.prefix)")
    began = time.monotonic()
    second = bootstrap(project, "run", "python", "-c", "import sys; print(sys.prefix)")

    assert first.stdout.splitlines()[0].startswith("Making .venv with Python 3.")
    assert second.stdout == f"{project}/.venv\n"
    assert time.monotonic() - began < 1


def test_a_changed_lock_is_installed(project):
    bootstrap(project, "ready")
    (project / "requirements.txt").write_text("# something else\n")

    assert "Installing the locked Python packages" in bootstrap(project, "ready").stdout
    assert bootstrap(project, "ready").stdout == ""


def test_an_interrupted_installation_starts_anew(project):
    bootstrap(project, "ready")
    (project / ".venv" / ".installing").touch()
    (project / ".venv" / "half").touch()

    done = bootstrap(project, "ready")

    assert done.stdout.startswith("An earlier installation was interrupted")
    assert not (project / ".venv" / "half").exists()
    assert bootstrap(project, "ready").stdout == ""


def test_two_at_once_install_once(project):
    env = {"PATH": os.defpath, "HOME": str(project)}
    pair = [
        subprocess.Popen(command(project, "ready"), env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = sorted(process.communicate()[0].splitlines()[0] for process in pair)

    assert [process.returncode for process in pair] == [0, 0]
    assert outputs[0].startswith("Making .venv")
    assert outputs[1] == "Waiting for another make to finish installing ..."


def test_a_package_without_its_hash_is_refused_in_one_line(project):
    (project / "requirements.txt").write_text("six==1.17.0\n")

    done = bootstrap(project, "ready")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Could not install the Python packages (ERROR:")
    assert bootstrap(project, "ready").returncode == 1  # not taken for done


def test_a_missing_lock_is_told_in_one_line(project):
    (project / "requirements-dev.txt").unlink()
    done = bootstrap(project, "ready")
    assert (
        done.stderr == "requirements-dev.txt is missing: run make lock, or get the file from git.\n"
    )


def test_a_broken_uv_falls_back_to_pip(project):
    program(project / "bin", "uv", "exit 2")
    done = bootstrap(project, "ready", path=f"{project}/bin:{os.defpath}")
    assert done.returncode == 0
    assert bootstrap(project, "ready").stdout == ""


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9", "3.10"])
def test_a_too_old_python_is_told_in_one_line(version):
    python = old_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version}")
    done = subprocess.run([python, "-I", str(SOURCE), "demo"], capture_output=True, text=True)
    assert done.stderr == (
        f"Python {version} is too old: the portal needs 3.11 or newer."
        " Install one and run make PYTHON=python3.11 ...\n"
    )


def old_python(version):
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(versions.glob(f"{version}.*/bin/python"))
    return str(found[0]) if found else shutil.which(f"python{version}")


def test_without_venv_the_package_to_install_is_named(project):
    hidden = "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: n != 'ensurepip' and f(n) or None;"
    run = f"import runpy, sys; sys.argv[1:] = ['ready']; runpy.run_path({str(project / 'portal/bootstrap.py')!r}, run_name='__main__')"
    done = subprocess.run([PYTHON, "-c", hidden + run], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Python has no venv module: install it (Debian, Ubuntu: ")
    assert len(done.stderr.splitlines()) == 1


def load(monkeypatch, **attributes):
    """Return the bootstrap as a module, with some of what it finds on the machine replaced."""
    from portal import bootstrap as module

    for name, value in attributes.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_an_ordinary_user_without_pango_gets_the_one_command(monkeypatch, tmp_path):
    program(tmp_path, "apt-get")
    monkeypatch.setenv("PATH", str(tmp_path))
    module = load(monkeypatch, PANGO=["libnothing.so.0"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit) as stopped:
        module.ensure_pango()

    assert str(stopped.value).splitlines()[1] == (
        '  sudo sh -c "apt-get update && apt-get install -y --no-install-recommends'
        ' libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"'
    )


def test_root_gets_pango_through_apt(monkeypatch, tmp_path, capsys):
    log = tmp_path / "log"
    program(tmp_path / "bin", "apt-get", f'echo "$@" >> {log}; echo "Unpacking libpango"')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.defpath}")
    there = iter([False, True])
    module = load(monkeypatch, pango_is_there=lambda: next(there))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    module.ensure_pango()

    update, install = log.read_text().splitlines()
    assert update.startswith("update ")
    assert install.endswith(
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
    )
    assert "unpacking libpango" in capsys.readouterr().out


def test_without_a_browser_it_says_loudly_what_is_skipped(monkeypatch, tmp_path, capsys):
    module = load(monkeypatch, find_browser=lambda: "", is_debian=lambda: False)
    monkeypatch.setenv("PATH", str(program(tmp_path, "java").parent))
    monkeypatch.delenv("CI", raising=False)

    module.ensure_test_tools()

    assert "SKIPPED: the browser journeys and the accessibility checks" in capsys.readouterr().out


@pytest.mark.parametrize("missing", ["browser", "java"])
def test_ci_fails_instead_of_skipping(monkeypatch, tmp_path, missing):
    browser = "" if missing == "browser" else "/usr/bin/true"
    module = load(monkeypatch, find_browser=lambda: browser, is_debian=lambda: False)
    program(tmp_path, "java" if missing == "browser" else "other")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")

    with pytest.raises(SystemExit, match=r"^CI must not skip the "):
        module.ensure_test_tools()


def test_an_unknown_target_is_told_in_one_line(project):
    done = bootstrap(project, "fly")
    assert done.stderr == "Use: bootstrap.py ready|demo|test|run\n"
