"""Every setting of the product in one frozen object, read from the environment once at an entry point."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from desk.errors import DataFault


@dataclass(frozen=True)
class Settings:
    """Settings of one running process. README, section 配置, says what each is for."""

    var: Path
    data: Path
    database_url: str
    secret: bytes = field(repr=False)
    region: str
    demo: bool
    host: str
    gateway_port: int
    rasa_port: int
    actions_port: int
    console_host: str
    console_port: int
    loopback_token: str = field(repr=False)
    sms_url: str
    sms_token: str = field(repr=False)
    secure_cookie: bool
    password_profile: str
    proxies: int

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read `DESK_*`; raise `DataFault` with one sentence for each value that cannot be used."""
        faults: list[str] = []
        var = Path(env.get("DESK_VAR", "var"))
        secret = _secret(env.get("DESK_SECRET", ""), var / "secret.key", faults)
        settings = cls(
            var=var,
            data=Path(env.get("DESK_DATA", "data")),
            database_url=env.get("DESK_DATABASE_URL", f"sqlite:///{var / 'desk.db'}"),
            secret=secret,
            region=env.get("DESK_REGION", "kunming"),
            demo=_flag(env, "DESK_DEMO", "1", faults),
            host=env.get("DESK_HOST", "127.0.0.1"),
            gateway_port=_port(env, "DESK_PORT", 8080, faults),
            rasa_port=_port(env, "DESK_RASA_PORT", 5005, faults),
            actions_port=_port(env, "DESK_ACTIONS_PORT", 5055, faults),
            console_host=env.get("DESK_CONSOLE_HOST", "127.0.0.1"),
            console_port=_port(env, "DESK_CONSOLE_PORT", 8090, faults),
            loopback_token=derive(secret, "loopback").hex(),
            sms_url=env.get("DESK_SMS_URL", ""),
            sms_token=env.get("DESK_SMS_TOKEN", ""),
            secure_cookie=_flag(env, "DESK_SECURE_COOKIE", "0", faults),
            password_profile=_one_of(env, "DESK_PASSWORD_PROFILE", ("dengbao", "asvs"), faults),
            proxies=_few(env, "DESK_PROXIES", faults),
        )
        ports = (settings.gateway_port, settings.rasa_port, settings.actions_port, settings.console_port)
        if len(set(ports)) < len(ports):
            faults.append("DESK_PORT、DESK_CONSOLE_PORT、DESK_RASA_PORT、DESK_ACTIONS_PORT: 几个端口不能相同")
        if faults:
            raise DataFault(faults)
        return settings


def derive(secret: bytes, purpose: str) -> bytes:
    """Return a 32-byte key for one purpose, so that no two uses share a key."""
    import hashlib
    import hmac

    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def _secret(given: str, path: Path, faults: list[str]) -> bytes:
    """The 32-byte secret: given in base64, or kept in a file that is made on first use."""
    try:
        text = given or _kept_secret(path)
    except OSError:
        faults.append(f"DESK_VAR: 不能读写 {path}，请检查这个目录的权限和磁盘空间")
        return bytes(32)
    try:
        secret = base64.b64decode(text, validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        where = "DESK_SECRET" if given else str(path)
        faults.append(f"{where}: 应为 32 字节的 base64（可用 openssl rand -base64 32 生成）")
        return bytes(32)
    return secret


def _kept_secret(path: Path) -> str:
    """The text of the secret's file; several processes that make it at once end up with the same one."""
    if not path.exists():
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode())
        # Linked when it is whole: nobody reads half a secret, and nobody's is written over.
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text().strip()


def _port(env: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    text = env.get(name, str(default))
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    faults.append(f"{name}: 端口应是 1 到 65535 的整数，现在是 {text!r}")
    return default


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...], faults: list[str]) -> str:
    text = env.get(name, choices[0])
    if text not in choices:
        faults.append(f"{name}: 应为 {'、'.join(choices)} 之一，现在是 {text!r}")
        return choices[0]
    return text


def _few(env: Mapping[str, str], name: str, faults: list[str]) -> int:
    text = env.get(name, "0")
    if text.isascii() and text.isdigit() and int(text) < 10:
        return int(text)
    faults.append(f"{name}: 应为 0 到 9 的整数，现在是 {text!r}")
    return 0


def _flag(env: Mapping[str, str], name: str, default: str, faults: list[str]) -> bool:
    text = env.get(name, default)
    if text not in {"0", "1"}:
        faults.append(f"{name}: 应为 0 或 1，现在是 {text!r}")
    return text == "1"
