"""Every setting of the product in one frozen object, read from the environment once at an entry point."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from desk.environment import flag, number, one_of, port
from desk.errors import DataFault
from desk.platform_settings import PlatformSettings, platform_from_env
from desk.sealing import PROFILES, Keys, derive
from desk.wechat_settings import WechatSettings, wechat_from_env

__all__ = ["Settings", "derive"]


@dataclass(frozen=True)
class Settings:
    """Settings of one running process. README, section 配置, says what each is for."""

    var: Path
    data: Path
    database_url: str
    tracker_url: str
    secret: Keys = field(repr=False)
    region: str
    demo: bool
    host: str
    gateway_port: int
    rasa_host: str
    rasa_port: int
    rasa_urls: tuple[str, ...]
    actions_host: str
    actions_port: int
    actions_urls: tuple[str, ...]
    console_host: str
    console_port: int
    loopback_token: str = field(repr=False)
    sms_url: str
    sms_token: str = field(repr=False)
    secure_cookie: bool
    password_profile: str
    proxies: int
    messages_per_minute: int
    wechat: WechatSettings | None
    platform: PlatformSettings | None
    notify_socket: str = ""  # where systemd waits for a sign of life; it says so itself

    @property
    def spool(self) -> Path:
        """The folder in which turns wait for the database of Rasa's memory."""
        return self.var / "spool"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read `DESK_*`; raise `DataFault` with one sentence for each value that cannot be used."""
        faults: list[str] = []
        var = Path(env.get("DESK_VAR", "var"))
        secret = Keys.of(
            _secret(env.get("DESK_SECRET", ""), var / "secret.key", faults),
            _former(env.get("DESK_SECRET_FORMER", ""), var / "secret.former", faults),
            one_of(env, "DESK_CRYPTO", PROFILES, faults),
        )
        rasa_port = port(env, "DESK_RASA_PORT", 5005, faults)
        actions_port = port(env, "DESK_ACTIONS_PORT", 5055, faults)
        database_url = env.get("DESK_DATABASE_URL", f"sqlite:///{var / 'desk.db'}")
        settings = cls(
            var=var,
            data=Path(env.get("DESK_DATA", "data")),
            database_url=database_url,
            tracker_url=env.get("DESK_TRACKER_URL", _tracker_url(database_url, var)),
            secret=secret,
            region=env.get("DESK_REGION", "kunming"),
            demo=flag(env, "DESK_DEMO", "1", faults),
            host=env.get("DESK_HOST", "127.0.0.1"),
            gateway_port=port(env, "DESK_PORT", 8080, faults),
            rasa_host=env.get("DESK_RASA_HOST", "127.0.0.1"),
            rasa_port=rasa_port,
            rasa_urls=_urls(env, "DESK_RASA_URLS", rasa_port, faults),
            actions_host=env.get("DESK_ACTIONS_HOST", "127.0.0.1"),
            actions_port=actions_port,
            actions_urls=_urls(env, "DESK_ACTIONS_URL", actions_port, faults),
            console_host=env.get("DESK_CONSOLE_HOST", "127.0.0.1"),
            console_port=port(env, "DESK_CONSOLE_PORT", 8090, faults),
            loopback_token=derive(secret, "loopback").current.material.hex(),
            sms_url=env.get("DESK_SMS_URL", ""),
            sms_token=env.get("DESK_SMS_TOKEN", ""),
            secure_cookie=flag(env, "DESK_SECURE_COOKIE", "0", faults),
            password_profile=one_of(env, "DESK_PASSWORD_PROFILE", ("dengbao", "asvs"), faults),
            proxies=number(env, "DESK_PROXIES", 0, 9, faults),
            messages_per_minute=number(env, "DESK_MESSAGES_PER_MINUTE", 30, 10_000, faults),
            wechat=wechat_from_env(env, faults),
            platform=platform_from_env(env, faults),
            notify_socket=env.get("NOTIFY_SOCKET", ""),
        )
        ports = (settings.gateway_port, settings.rasa_port, settings.actions_port, settings.console_port)
        if len(set(ports)) < len(ports):
            faults.append("DESK_PORT、DESK_CONSOLE_PORT、DESK_RASA_PORT、DESK_ACTIONS_PORT: 几个端口不能相同")
        if settings.platform and not settings.platform.local and settings.demo and not settings.sms_url:
            faults.append("DESK_SMS_URL: 接了省平台就要有短信服务；演示短信会把真人的验证码显示在页面上")
        if faults:
            raise DataFault(faults)
        return settings


def _tracker_url(database_url: str, var: Path) -> str:
    """Beside our own tables; SQLite, which has one writer at a time, gets a file for each."""
    return f"sqlite:///{var / 'tracker.db'}" if database_url.startswith("sqlite") else database_url


def _secret(given: str, path: Path, faults: list[str]) -> bytes:
    """The 32-byte secret: given in base64, or kept in a file that is made on first use."""
    try:
        text = given or _kept_secret(path)
    except OSError:
        faults.append(f"DESK_VAR: 不能读写 {path}，请检查这个目录的权限和磁盘空间")
        return bytes(32)
    return _decoded(text, "DESK_SECRET" if given else str(path), faults)


def _former(given: str, path: Path, faults: list[str]) -> list[bytes]:
    """The secrets of before, in base64 with commas or line ends between; most installations have none."""
    try:
        text = given or (path.read_text() if path.exists() else "")
    except OSError:
        faults.append(f"DESK_VAR: 不能读 {path}，请检查这个文件的权限")
        return []
    where = "DESK_SECRET_FORMER" if given else str(path)
    return [_decoded(each, where, faults) for each in text.replace(",", " ").split()]


def _decoded(text: str, where: str, faults: list[str]) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32:
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


def _urls(env: Mapping[str, str], name: str, port: int, faults: list[str]) -> tuple[str, ...]:
    """The addresses of processes of ours, by commas; without any, the one on this machine at `port`."""
    given = [url.strip().rstrip("/") for url in env.get(name, "").split(",") if url.strip()]
    if not all(map(_is_address, given)):
        faults.append(f"{name}: 应是 http://主机:端口，几个用逗号隔开，后面不带路径")
    return tuple(dict.fromkeys(given)) or (f"http://127.0.0.1:{port}",)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for what is no port
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and bare
