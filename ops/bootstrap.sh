#!/bin/sh
# Makes .venv with Python 3.10 and installs a hash-locked list into it.
# usage: sh ops/bootstrap.sh run|dev      PYTHON=/some/python3.10 chooses the interpreter.
set -eu

kind=${1:-run}
venv=.venv
uv_version=0.13.9

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)           platform=linux-x86_64 ;;
    Linux-aarch64)          platform=linux-aarch64 ;;
    Darwin-arm64)           platform=macos-arm64 ;;
    *) stop "还没有为 $(uname -s) $(uname -m) 准备依赖清单；请在 Linux 或 Apple 芯片的 macOS 上运行。" ;;
esac
lock=requirements/$platform-$kind.lock
[ -f "$lock" ] || stop "缺少 $lock；请先运行 make lock 生成它。"

is_310() { [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.10 ]; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_310 "$PYTHON" || stop "PYTHON=$PYTHON 不是 Python 3.10；Rasa 3.6 只能用 3.10。请换一个，或去掉 PYTHON 让本脚本自己找。"
        printf '%s' "$PYTHON"; return
    fi
    for name in python3.10 python3; do
        if command -v "$name" >/dev/null 2>&1 && is_310 "$name"; then command -v "$name"; return; fi
    done
    if command -v pyenv >/dev/null 2>&1 && version=$(pyenv latest 3.10 2>/dev/null); then
        PYENV_VERSION=$version pyenv which python3.10 2>/dev/null && return
    fi
    return 0
}

room_for() {
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$1" ] || stop "磁盘空间不够：这里只剩 ${free} MB，安装需要约 $1 MB。请清理后再试。"
}

make_venv() {
    python=$(find_python)
    if [ -n "$python" ]; then
        "$python" -m venv --clear "$venv" || stop "不能建立虚拟环境；Debian/Ubuntu 请先 apt-get install python3.10-venv。"
        return
    fi
    say "没有找到 Python 3.10，用 uv 取一份（只放在本目录的 .tools 里）…"
    any=$(command -v python3 || command -v python) || stop "没有找到任何 Python；请先安装 Python 3（Debian/Ubuntu: apt-get install python3 python3-venv）。"
    "$any" -m venv .tools && .tools/bin/python -m pip install -q "uv==$uv_version" \
        || stop "取不到 uv：请检查网络，或自己安装 Python 3.10 后用 PYTHON=… make run 再试。"
    UV_PYTHON_INSTALL_DIR=.tools/python .tools/bin/uv venv -q --clear --seed --managed-python --python 3.10 "$venv" \
        || stop "取不到 Python 3.10：请检查网络，或自己安装 Python 3.10 后用 PYTHON=… make run 再试。"
}

stamp=$venv/.installed-$(cksum < "$lock" | tr -d ' ')-$kind
if [ -f "$stamp" ] && [ -x "$venv/bin/python" ]; then exec sh ops/assets.sh; fi

if ! { [ -x "$venv/bin/python" ] && is_310 "$venv/bin/python"; }; then
    room_for 6000
    make_venv
fi
say "正在按清单 $lock 安装依赖（第一次约一分钟，2.8 GB）…"
"$venv/bin/python" -m pip install -q --disable-pip-version-check "uv==$uv_version" \
    || stop "下载不了依赖：请检查网络或公司的软件源设置，然后再运行一次。"
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --require-hashes -r "$lock" \
    || stop "依赖没有装完：请检查网络和磁盘空间，然后再运行一次（已下载的不会重来）。"
"$venv/bin/uv" pip check -q --python "$venv/bin/python" || stop "装好的依赖互相冲突；请删除 .venv 后再运行一次。"
rm -f "$venv"/.installed-*-"$kind"
touch "$stamp"
sh ops/assets.sh
