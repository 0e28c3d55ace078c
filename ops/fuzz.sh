#!/bin/sh
# Bad input for a night: CASES at every door, then what reads the OpenAPI documents, then for MINUTES each what
# looks into the code for a way it has not taken yet. SEED repeats a run; the last two bring their own tools.
set -eu
cases=${CASES:-100000}
minutes=${MINUTES:-10}
seed=${SEED:-$(date +%s)}
tools=.tools/fuzz
wanted=$tools/.installed-$(cksum < tests/fuzz/requirements.txt | tr -d ' ')

if [ ! -f "$wanted" ]; then
    .venv/bin/uv venv -q --clear --python .venv/bin/python "$tools"
    .venv/bin/uv pip install -q --python "$tools/bin/python" --require-hashes -r tests/fuzz/requirements.txt
    touch "$wanted"
fi
echo "CASES=$cases MINUTES=$minutes SEED=$seed"
CASES=$cases .venv/bin/python -m pytest -q tests/fuzz --hypothesis-seed="$seed"
.venv/bin/python -m tests.fuzz.contract "$((cases / 10))" "$seed"
if "$tools/bin/python" -c "import atheris" 2>/dev/null; then
    for harness in envelope redactor; do
        "$tools/bin/python" -m "tests.fuzz.guided_$harness" -seed="$((seed % 2147483647))" -max_total_time="$((minutes * 60))" \
            -artifact_prefix=var/
    done
else
    echo "atheris 没有这个平台的安装包，跳过。"
fi
