"""Reads one setting of the environment and puts a sentence into `faults` for a value that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping


def port(env: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    """Return a port; without one `default`."""
    text = env.get(name, str(default))
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    faults.append(f"{name}: 端口应是 1 到 65535 的整数，现在是 {text!r}")
    return default


def one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...], faults: list[str]) -> str:
    """Return one of `choices`; without one the first."""
    text = env.get(name, choices[0])
    if text not in choices:
        faults.append(f"{name}: 应为 {'、'.join(choices)} 之一，现在是 {text!r}")
        return choices[0]
    return text


def number(env: Mapping[str, str], name: str, default: int, most: int, faults: list[str]) -> int:
    """Return a whole number from 0 to `most`; without one `default`."""
    text = env.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    faults.append(f"{name}: 应为 0 到 {most} 的整数，现在是 {text!r}")
    return default


def flag(env: Mapping[str, str], name: str, default: str, faults: list[str]) -> bool:
    """Return whether it is 1; without one `default`."""
    text = env.get(name, default)
    if text not in {"0", "1"}:
        faults.append(f"{name}: 应为 0 或 1，现在是 {text!r}")
    return text == "1"
