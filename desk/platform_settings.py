"""The settings of the provincial platform: all of them or none, with a sentence for what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_URL, _ID, _SECRET, _CA = (f"DESK_PLATFORM_{name}" for name in ("URL", "CLIENT_ID", "CLIENT_SECRET", "CA"))


@dataclass(frozen=True)
class PlatformSettings:
    """Where the platform is and who we are to it. `ca`: certificates to trust instead of the usual ones."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    ca: Path | None

    @property
    def local(self) -> bool:
        """Whether it is a stand-in on this machine: nothing else may be reached without TLS."""
        return self.url.startswith("http://")


def platform_from_env(env: Mapping[str, str], faults: list[str]) -> PlatformSettings | None:
    """Return the platform of `DESK_PLATFORM_*`; None without any. Adds a sentence for each fault."""
    given = {name: env[name] for name in (_URL, _ID, _SECRET, _CA) if env.get(name)}
    if not given:
        return None
    faults += [f"{name}: 接省平台要这一项，现在没有" for name in (_URL, _ID, _SECRET) if name not in given]
    if _URL in given and not _good(given[_URL]):
        faults.append(f"{_URL}: 应是 https:// 开头的地址，没有账号、? 和 #（只有 127.0.0.1 可以用 http://）")
    ca = Path(given[_CA]) if _CA in given else None
    if ca and not ca.is_file():
        faults.append(f"{_CA}: 没有这个证书文件：{ca}")
    return PlatformSettings(given.get(_URL, "").rstrip("/"), given.get(_ID, ""), given.get(_SECRET, ""), ca)


def _good(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for what is no port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
    return secure and bool(parts.hostname) and "@" not in parts.netloc and not parts.query + parts.fragment
