"""Nothing that opens a door, and nobody's ID number, lies in a file that is tracked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from desk.id_number import valid_id

ROOT = Path(__file__).parents[1]
_SECRETS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "key of a cloud": r"\b(?:AKIA|LTAI|AKID)[0-9A-Za-z]{12,}",
    "token of a forge": r"\b(?:gh[pousr]_|glpat-|pypi-AgEI|npm_|xox[abp]-)[0-9A-Za-z_-]{16,}",
    "JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "password in an address": r"\b(?:postgresql|redis|amqp)://[!-9;-?A-~]+:[!-.0-?A-~]{3,}@",
    "secret that is set": r"DESK_\w*(?:SECRET|TOKEN|AES_KEY)\w*[=:] ?[\"']?[A-Za-z0-9+/=_-]{32,}",
}
_PLANTED = {
    "private key": "-----BEGIN EC PRIVATE " + "KEY-----",
    "key of a cloud": "LTAI" + "4" * 20,
    "token of a forge": "ghp_" + "a" * 36,
    "JSON web token": ".".join(["eyJ" + "a" * 20] * 2 + ["b" * 20]),
    "password in an address": "postgresql://desk:pass" + "@db/desk",
    "secret that is set": "DESK_SECRET" + "=" + "A" * 43 + "=",
}
_NOBODY = ("000000", "999999", "5399")  # areas that were never given out
_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9X](?![0-9A-Za-z])")


def texts() -> dict[str, str]:
    """Every tracked file that is text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            found[name] = content.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("kind", _SECRETS)
def test_no_secret_is_in_a_tracked_file(kind: str) -> None:
    pattern = re.compile(_SECRETS[kind])
    assert pattern.search(_PLANTED[kind]), "the search is blind"
    assert [name for name, text in texts().items() if pattern.search(text)] == []


def test_no_id_number_in_a_tracked_file_can_be_somebodys() -> None:
    found = {
        (name, number[:4])
        for name, text in texts().items()
        for number in _ID.findall(text)
        if valid_id(number) and not number.startswith(_NOBODY)
    }
    assert found == set()
