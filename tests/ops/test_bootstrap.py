"""ops/bootstrap.sh in a copy of its own, with programs of the test's own making on its path."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The system's programs that the script uses; python, uv and pyenv are left out on purpose.
_TOOLS = (
    "sh",
    "uname",
    "df",
    "awk",
    "cksum",
    "tr",
    "rm",
    "touch",
    "cat",
    "mkdir",
    "chmod",
    "dirname",
    "ls",
    "mktemp",
    "cp",
)
# What `npm ci` leaves behind, as far as it is served.
_LIBRARIES = """
mkdir -p node_modules/htmx.org/dist node_modules/echarts/dist
echo htmx > node_modules/htmx.org/dist/htmx.min.js
echo echarts > node_modules/echarts/dist/echarts.simple.min.js"""

pytestmark = pytest.mark.skipif(
    platform.system() not in {"Linux", "Darwin"}, reason="a POSIX shell is needed"
)


class Copy:
    """The script and its lists in a folder, with a `bin` that holds the only programs it finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / "ops").mkdir()
        shutil.copy(ROOT / "ops" / "bootstrap.sh", folder / "ops")
        shutil.copy(ROOT / "ops" / "assets.sh", folder / "ops")
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, folder)
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        for tool in _TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.bin / tool).symlink_to(found)
        self.program("npm", f'echo "npm $*" >> "{folder}/log"\n{_LIBRARIES}')
        self.program("df", 'echo "Filesystem 1024-blocks Used Available"; echo "x 1 1 99999999"')

    def program(self, name: str, script: str) -> Path:
        """Put a program of the test's own on the path."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def python(self, name: str, version: str) -> Path:
        """A Python that knows its version, notes that it was chosen, and makes an environment of shells."""
        return self.program(
            name,
            f"""
case "$1" in
-c) echo {version} ;;
-m) echo "$0 $*" >> "{self.folder}/log"
    if [ "$2" = venv ]; then
        for venv; do :; done
        mkdir -p "$venv/bin"
        cat "$0" > "$venv/bin/python"
        printf '#!/bin/sh\\necho "uv $*" >> "{self.folder}/log"\\n' > "$venv/bin/uv"
        chmod 755 "$venv/bin/python" "$venv/bin/uv"
    fi ;;
esac""",
        )

    def run(self, kind: str = "run", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "ops/bootstrap.sh", kind],
            cwd=self.folder,
            env={"PATH": str(self.bin), **environment},
            capture_output=True,
            text=True,
        )

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    return line


def test_the_given_python_is_used_though_another_stands_on_the_path(copy: Copy) -> None:
    copy.python("python3", "3.10")
    chosen = copy.python("my-own-python", "3.10")
    assert copy.run(PYTHON=str(chosen)).returncode == 0
    assert copy.log.startswith(f"{chosen} -m venv")


def test_python_3_10_is_preferred_to_a_python3_of_another_version(copy: Copy) -> None:
    copy.python("python3", "3.12")
    right = copy.python("python3.10", "3.10")
    assert copy.run().returncode == 0
    assert copy.log.startswith(f"{right} -m venv")


def test_a_python3_that_is_3_10_is_enough(copy: Copy) -> None:
    right = copy.python("python3", "3.10")
    assert copy.run().returncode == 0
    assert copy.log.startswith(f"{right} -m venv")


def test_a_python_of_pyenv_is_found(copy: Copy) -> None:
    copy.python("python3", "3.13")
    hidden = copy.python("hidden-python", "3.10")
    copy.program("pyenv", f'case "$1" in latest) echo 3.10.13 ;; which) echo "{hidden}" ;; esac')
    assert copy.run().returncode == 0
    assert copy.log.startswith(f"{hidden} -m venv")


def test_without_any_python_3_10_one_is_fetched_into_this_folder_alone(copy: Copy) -> None:
    copy.python("python3", "3.13")
    run = copy.run()
    assert "没有找到 Python 3.10" in run.stderr
    assert "-m venv .tools" in copy.log
    assert "uv venv" in copy.log
    assert "--python 3.10" in copy.log


def test_what_is_installed_is_the_locked_list_with_its_hashes(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    assert copy.run("dev").returncode == 0
    assert "--require-hashes -r requirements/" in copy.log
    assert "-dev.lock" in copy.log


def test_a_second_run_does_nothing_until_the_list_changes(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    copy.run()
    once = copy.log
    assert copy.run().returncode == 0
    assert copy.log == once
    for lock in (copy.folder / "requirements").glob("*-run.lock"):
        lock.write_text(lock.read_text() + "# changed\n")
    copy.run()
    assert copy.log.count("--require-hashes") == 2
    assert copy.log.count("-m venv .venv") + copy.log.count("--clear .venv") == 1


@pytest.mark.parametrize("version", ["3.9", "3.11", "2.7", ""])
def test_a_wrong_python_is_one_clear_sentence(copy: Copy, version: str) -> None:
    wrong = copy.python("wrong-python", version)
    told = one_sentence(copy.run(PYTHON=str(wrong)))
    assert f"PYTHON={wrong} 不是 Python 3.10" in told
    assert "请换一个" in told
    assert not (copy.folder / ".venv").exists()


@pytest.mark.parametrize("given", ["no-such-program", "/no/such/python3.10", "."])
def test_a_python_that_is_not_there_is_the_same_sentence(copy: Copy, given: str) -> None:
    assert "不是 Python 3.10" in one_sentence(copy.run(PYTHON=given))


def test_a_wrong_python_is_told_even_when_an_environment_stands_there_half_made(copy: Copy) -> None:
    (copy.folder / ".venv" / "bin").mkdir(parents=True)
    assert "不是 Python 3.10" in one_sentence(copy.run(PYTHON="no-such-program"))


def test_too_little_disk_is_one_clear_sentence(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    copy.program("df", 'echo "Filesystem 1024-blocks Used Available"; echo "x 1 1 102400"')
    told = one_sentence(copy.run())
    assert "磁盘空间不够：这里只剩 100 MB" in told
    assert "请清理后再试" in told


def test_another_kind_of_machine_is_one_clear_sentence(copy: Copy) -> None:
    copy.program("uname", 'case "$1" in -s) echo Plan9 ;; -m) echo mips ;; esac')
    assert "Plan9 mips" in one_sentence(copy.run())


def test_a_missing_list_is_one_clear_sentence(copy: Copy) -> None:
    shutil.rmtree(copy.folder / "requirements")
    assert "make lock" in one_sentence(copy.run())


def test_no_network_is_said_with_what_to_do_and_tried_again_the_next_time(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    copy.run()
    stamps = list((copy.folder / ".venv").glob(".installed-*"))
    assert len(stamps) == 1
    stamps[0].unlink()
    copy.program("failing", "exit 1")
    (copy.folder / ".venv" / "bin" / "uv").write_text("#!/bin/sh\nexit 1\n")
    run = copy.run()
    assert run.returncode == 1
    assert "请检查网络" in run.stderr.splitlines()[-1]
    assert list((copy.folder / ".venv").glob(".installed-*")) == []


def test_the_libraries_of_the_console_are_fetched_once_and_only_what_is_served_is_kept(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    copy.run()
    copy.run()
    assert copy.log.count("npm ci --ignore-scripts") == 1
    served = {path.name for path in (copy.folder / "console" / "static" / "vendor").glob("*.js")}
    assert served == {"htmx.min.js", "echarts.simple.min.js"}


def test_libraries_that_cannot_be_fetched_are_one_clear_sentence_and_tried_again(copy: Copy) -> None:
    copy.python("python3.10", "3.10")
    npm = (copy.bin / "npm").read_text()
    copy.program("npm", "exit 1")
    run = copy.run()
    assert run.returncode == 1
    assert "取不到页面用的 htmx 和 ECharts" in run.stderr.splitlines()[-1]
    (copy.bin / "npm").write_text(npm)
    assert copy.run().returncode == 0
    assert (copy.folder / "console" / "static" / "vendor" / "htmx.min.js").exists()


def test_a_lock_of_the_libraries_names_no_address() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def test_the_script_is_plain_sh_and_leaves_the_environment_of_its_caller_alone() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "ops" / "bootstrap.sh")], check=True, env=dict(os.environ))
