from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sanic import Sanic

from bot.gateway import app as gateway_app
from bot.gateway import pace
from bot.gateway.app import make_app
from bot.gateway.wechat import envelope
from console.app import make_app as make_console
from desk.counter import open_counter
from desk.database import upgrade
from desk.settings import Settings
from tests.ops.deploy_files import DEPLOY, ROOT, Statement, blocks, compose, nginx, values

_SIZES = {"k": 1024, "m": 1024 * 1024}
_WECHAT = {"DESK_WECHAT_APP_ID": "wx" + "0" * 16, "DESK_WECHAT_TOKEN": "token"}


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sanic, Sanic]:
    """The gateway, with WeChat, and the console."""
    var = tmp_path_factory.mktemp("deploy")
    settings = Settings.from_env({"DESK_VAR": str(var), "DESK_DATA": str(ROOT / "data"), **_WECHAT})
    upgrade(settings.database_url)
    counter = open_counter(settings)
    return make_app(counter), make_console(counter)


def server(port: str, name: str = "") -> list[Statement]:
    """The one server that listens there, with or without a name of its own."""
    found = [
        block
        for block in blocks(nginx(), "server")
        if [port] in [words[:1] for words in values(block, "listen")]
        and (values(block, "server_name") == [["_"]]) == (name == "_")
    ]
    assert len(found) == 1
    return found[0]


def location(block: list[Statement], path: str) -> list[Statement]:
    """The location that nginx takes: the exact one, else an expression that fits, else the longest prefix."""
    named = [(words[1:], inside) for words, inside in block if words[0] == "location"]
    exact = [inside for words, inside in named if words == ["=", path]]
    fits = [inside for words, inside in named if words[0] == "~" and re.search(words[1], path)]
    prefixes = sorted(
        (words[0], inside) for words, inside in named if len(words) == 1 and path.startswith(words[0])
    )
    return (exact or fits or [prefixes[-1][1]])[0]


def size(block: list[Statement]) -> int:
    ((text,),) = values(block, "client_max_body_size")
    return int(text[:-1]) * _SIZES[text[-1]]


def seconds(block: list[Statement], name: str) -> int:
    ((text,),) = values(block, name)
    return int(text[:-1]) * {"s": 1, "h": 3600}[text[-1]]


def paths(app: Sanic) -> set[str]:
    return {re.sub(r"<.*>", "x", f"/{route.path}") for route in app.router.routes}


def test_the_body_limits_are_those_of_the_doors(doors: tuple[Sanic, Sanic]) -> None:
    gateway, console = doors
    assert size(server("443")) == gateway.config.REQUEST_MAX_SIZE
    assert size(server("8443")) == console.config.REQUEST_MAX_SIZE
    assert size(location(server("443"), "/wechat")) == envelope._LARGEST_BODY


def test_every_page_of_the_gateway_is_public_but_health_and_figures(doors: tuple[Sanic, Sanic]) -> None:
    public = server("443")
    served = paths(doors[0])
    assert {"/wechat", "/api/stream", "/static/x", "/healthz", "/metrics"} <= served
    for path in served - {"/healthz", "/metrics"}:
        upstream = "http://wechat" if path == "/wechat" else "http://gateway"
        assert values(location(public, path), "proxy_pass") == [[upstream]], path
    for path in ("/healthz", "/metrics", "/metrics/", "/x"):
        assert values(location(public, path), "return") == [["404"]]


def test_the_staffs_pages_are_on_their_network_alone_and_without_figures(doors: tuple[Sanic, Sanic]) -> None:
    staff = server("8443")
    assert [words for words, _ in staff if words[0] in {"allow", "deny"}][-1] == ["deny", "all"]
    assert values(staff, "allow")
    for path in paths(doors[1]) - {"/healthz", "/metrics"}:
        assert values(location(staff, path), "proxy_pass") == [["http://console"]], path
    for path in ("/healthz", "/metrics", "/metrics/"):
        assert values(location(staff, path), "return") == [["404"]]
    others = [block for block in blocks(nginx(), "server") if block != staff]
    assert "http://console" not in str(others)


def test_nginx_refuses_later_than_the_gateway_which_says_so_in_words(tmp_path: Path) -> None:
    most = Settings.from_env({"DESK_VAR": str(tmp_path)}).messages_per_minute * pace._PEOPLE_AT_AN_ADDRESS
    rates = {words[1].split("=")[1].split(":")[0]: words for words in values(nginx(), "limit_req_zone")}
    for name in ("pages", "messages"):
        rate, unit = re.fullmatch(r"rate=(\d+)r/([sm])", rates[name][2]).groups()  # type: ignore[union-attr]
        assert int(rate) * (60 if unit == "s" else 1) >= 2 * most
    post = location(server("443"), "/api/messages")
    bursts = [int(words[1].removeprefix("burst=")) for words in values(post, "limit_req")]
    assert len(bursts) == 2
    assert min(bursts) >= 100  # three pages at once, as in an office
    # Everybody comes from WeChat's addresses: its zone must not count by address.
    assert rates["wechat"][0] == "$server_name"
    assert values(location(server("443"), "/wechat"), "limit_req")[0][0] == "zone=wechat"


def test_what_nginx_says_itself_is_what_the_gateway_would_say() -> None:
    public = server("443")
    said = {
        words[0]: words[1]
        for name in ("@too_large", "@too_fast", "@away")
        for words in values(location(public, name), "return")
    }
    assert gateway_app._SENTENCES[413] in said["413"]
    assert gateway_app._UNEXPECTED in said["503"]
    assert "12333" in said["429"]
    for path in ("/api/messages", "/api/session/end"):
        named = {words[-1] for words in values(location(public, path), "error_page")}
        assert named == {"@too_large", "@too_fast", "@away"}
    # An error is what makes WeChat deliver again.
    assert not values(location(public, "/wechat"), "error_page") + values(public, "error_page")


def test_a_stream_is_passed_on_at_once_and_nobody_is_cut_off_early(doors: tuple[Sanic, Sanic]) -> None:
    gateway, console = doors
    stream = location(server("443"), "/api/stream")
    assert values(stream, "proxy_buffering") == [["off"]]
    assert seconds(stream, "proxy_read_timeout") >= 600
    assert seconds(nginx(), "proxy_read_timeout") > gateway.config.RESPONSE_TIMEOUT
    assert seconds(server("8443"), "proxy_read_timeout") > console.config.RESPONSE_TIMEOUT
    kept = min(gateway.config.KEEP_ALIVE_TIMEOUT, console.config.KEEP_ALIVE_TIMEOUT)
    for name in ("gateway", "wechat", "console"):
        (upstream,) = blocks(nginx(), "upstream", name)
        assert seconds(upstream, "keepalive_timeout") < kept


def test_the_address_of_a_visitor_cannot_be_made_up() -> None:
    headers = dict(values(nginx(), "proxy_set_header"))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["Host"] == "$http_host"
    # One in a server or location would drop those above.
    assert all("proxy_set_header" not in str(block) for block in blocks(nginx(), "server"))


def test_only_tls_of_today_is_spoken_and_plain_http_leads_there() -> None:
    # Not in http, where a distribution's own list would be added to.
    assert not values(nginx(), "ssl_protocols")
    for block in blocks(nginx(), "server"):
        assert values(block, "ssl_protocols") == [["TLSv1.2", "TLSv1.3"]]
    assert values(server("80"), "return")[0][0] == "301"
    assert values(server("443", "_"), "ssl_reject_handshake") == [["on"]]
    assert all("ssl" in words for name in ("443", "8443") for words in values(server(name), "listen"))
    assert "Strict-Transport" not in str(nginx())  # the gateway's, once


def test_no_log_line_holds_a_query_or_a_referrer() -> None:
    (format_of,) = values(nginx(), "log_format")
    assert set(re.findall(r"\$\w+", " ".join(format_of))) & {"$uri", "$status"}
    assert not re.search(r"\$(request|request_uri|args|http_referer|arg_\w+)\b", " ".join(format_of))
    assert not values(nginx(), "access_log")  # it would stand beside nginx.conf's own
    for block in blocks(nginx(), "server"):
        assert [words[1] for words in values(block, "access_log")] == [format_of[0]]


def test_the_processes_behind_nginx_are_those_of_compose() -> None:
    services = compose()["services"]
    gateways = {f"{name}:{services[name]['environment']['DESK_PORT']}" for name in ("gateway-1", "gateway-2")}
    for name, wanted in {"gateway": gateways, "wechat": gateways, "console": {"console:8090"}}.items():
        (upstream,) = blocks(nginx(), "upstream", name)
        assert {words[0] for words in values(upstream, "server")} == wanted


def test_nginx_itself_takes_the_file(tmp_path: Path) -> None:
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip("没有 nginx 或 openssl，nginx.conf.example 没有用它核对")
    text = (DEPLOY / "nginx.conf.example").read_text()
    for name in ("gateway-1", "gateway-2", "console"):
        text = text.replace(f"server {name}:", "server 127.0.0.1:")
    text = text.replace("/etc/nginx/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "desk.conf").write_text(text)
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    debian = f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; access_log {tmp_path}/access.log; sendfile on;"
    head = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {temporary} {debian}"
    (tmp_path / "nginx.conf").write_text(f"{head} include {tmp_path}/desk.conf; }}")
    certificate = (
        f"req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout {tmp_path}/desk.key -out {tmp_path}/desk.crt"
    )
    subprocess.run(["openssl", *certificate.split()], check=True, capture_output=True)
    run = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", "nginx.conf"], capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 0, run.stderr
