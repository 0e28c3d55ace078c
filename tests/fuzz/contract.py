"""schemathesis against a gateway and a console that really run: `python -m tests.fuzz.contract CASES SEED`.

It stands in `.tools/fuzz` (`ops/fuzz.sh` puts it there), because its libraries do not fit beside Rasa's. Each
role of the staff is signed in and carries the token of its forms. Exits with 1 when an answer is not
what the document says, comes too late, or is a fault of ours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.wechat.account import PLAIN
from tests.fuzz.cases import LONGEST_TURN
from tests.fuzz.document import ROOT
from tests.fuzz.office import POSTS, Office
from tests.gateway.wechat_house import WechatDoor

_PROGRAM = ROOT / ".tools" / "fuzz" / "bin" / "schemathesis"
# The others take for granted that only one kind of data is good: our forms take any text, and say what is
# wrong.
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
)
_GATEWAY_OPERATIONS, _CONSOLE_OPERATIONS = 9, 75


def main() -> int:
    """Return 0 when everything was answered as the documents say."""
    cases, seed = int(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        failed = [who for who, ended in _runs(Path(folder), cases, seed) if ended]
    print("schemathesis:", f"not as documented for {'、'.join(failed)}" if failed else "as documented")
    return 1 if failed else 0


def _runs(folder: Path, cases: int, seed: str) -> Iterator[tuple[str, int]]:
    """One run for a citizen and one for each role; whose it was and how it ended."""
    each = max(1, cases // (_GATEWAY_OPERATIONS + _CONSOLE_OPERATIONS * len(POSTS)))
    (folder / "gateway").mkdir()
    (folder / "console").mkdir()
    house = WechatDoor(folder / "gateway", PLAIN)
    house.rasa.start()
    house.start()
    yield "citizen", _run("gateway", house.url, each, seed, {}, "/api/stream")
    house.close()
    office = Office(folder / "console")
    for role in POSTS:
        # Signing out, and a password of one's own, would leave the rest of the run without a session.
        headers = dict(office.headers(role))
        yield role, _run("console", office.door.url, each, seed, headers, "/sign-out")
    office.close()


def _run(document: str, url: str, cases: int, seed: str, headers: dict[str, str], without: str) -> int:
    command = [str(_PROGRAM), "run", str(ROOT / "docs" / f"{document}.yaml"), "--url", url]
    command += ["--checks", ",".join(_CHECKS), "--max-examples", str(cases), "--seed", seed]
    command += ["--max-response-time", str(LONGEST_TURN), "--exclude-path", without, "--continue-on-failure"]
    command += ["--max-redirects", "0", "--suppress-health-check", "all", "--no-color", "--warnings", "off"]
    for name, value in headers.items():
        command += ["--header", f"{name}:{value}"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
