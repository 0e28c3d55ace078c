.DEFAULT_GOAL := help
PY := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
# An image may forbid it, and then each of the processes that start here compiles all its modules anew.
export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(PY) -m pytest -q --dist loadfile --no-loadscope-reorder
# Whatever puts a fault in at a moment by chance counts its rounds.
FAULTS := tests/faults $(shell grep -rl --include='test_*.py' tests.faults.rounds tests | grep -v '^tests/faults/')

help:  ## 列出所有命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## 安装、准备数据、训练（有变化时）并启动全部服务
	@sh ops/bootstrap.sh run
	@$(PY) -m ops.serve

test: install-dev check  ## 安装并运行全部检查和测试
	@$(MAKE) --no-print-directory -j 2 unit model
	@$(MAKE) --no-print-directory whole

install-dev:
	@sh ops/bootstrap.sh dev

check: install-dev  ## 检查数据：知识卡、机构表、Rasa 数据
	$(PY) -m desk.regions
	$(PY) -m ops.model validate

# The third works while the other two wait for what they have started.
unit: install-dev  ## 单元测试
	$(PYTEST) -n 3 -m "not model and not browser"

# Beside the unit tests it gives way, but is to be done when they are.
model: install-dev  ## 训练模型（已有同样数据的就不训练）
	nice -n 5 $(PY) -m ops.model train

whole: model  ## 用训练好的模型跑整套程序：对话、故障、无界面 Chromium 里的页面
	$(PYTEST) -n 2 -m "model or browser" tests/test_stories.py tests/faults tests/browser

talk: model  ## 其中的对话和故障
	$(PYTEST) -n 2 -m "model and not browser" tests/test_stories.py tests/faults

faults: model  ## 每种故障 20 遍：杀进程、断电、卡住、坏的动作服务和模型（ROUNDS=遍数 SEED=种子，两个核上要几个小时）
	ROUNDS=$(or $(ROUNDS),20) $(PYTEST) -n 2 $(FAULTS)

browser: model  ## 其中的页面
	$(PYTEST) -n 2 -m browser tests/browser

lint: install-dev  ## ruff 和 mypy（desk 为 strict）
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy desk bot actions console ops

bench: install-dev  ## 和原版 Rasa 在同一次运行里比速度、内存和启动（约十分钟，要训练时再加二十分钟）
	$(PY) -m tests.benchmarks.bench

bench-queue: install-dev  ## 十万件工单、一百万条经过时，列表、概览和导出要多久（两种数据库，约十分钟）
	$(PY) -m tests.benchmarks.full_queue

bench-load: model  ## 整套程序：50 人聊 MINUTES 分钟（默认 30），再 300 人在 10 秒里各问一句；结果在 var/load
	$(PY) -m tests.benchmarks.many_citizens --minutes $(or $(MINUTES),30)

understanding: install-dev  ## 听懂了多少：FILE=问题.tsv OUT=文件夹，得到 predictions.tsv、report.md、report.json
	$(PY) -m tests.benchmarks.understanding "$(FILE)" "$(OUT)"

understanding-compare: install-dev  ## 两种配置并排：A=config.yml B=tests/benchmarks/stock.yml FILE=问题.tsv [OUT=文件夹]
	$(PY) -m tests.benchmarks.understanding "$(FILE)" "$(or $(OUT),var/understanding)" --config "$(A)" --against "$(B)"

noise: install-dev  ## 打错字、听写、方言时还听懂多少（FILE=问题文件 OUT=输出目录）
	$(PY) -m tests.benchmarks.noise $(FILE) $(if $(OUT),--out $(OUT))

fuzz: install-dev  ## 乱输入：CASES=100000 例走遍每个入口，再按接口文档和代码路径各试一遍（MINUTES=10 分钟；SEED 重现某一次）
	@sh ops/fuzz.sh

admin:  ## 建立第一个运维账号，临时密码只显示一次（LOGIN=登录名，默认 admin）
	@sh ops/bootstrap.sh run
	@$(PY) -m desk.staff admin $(LOGIN)

verify-audit:  ## 核对审计日志有没有被改动（NOTED=以前抄下来的校验码）
	@sh ops/bootstrap.sh run
	@$(PY) -m desk.audit verify $(if $(NOTED),--noted $(NOTED))

rotate:  ## 换密钥或算法以后：数一数哪些还靠以前的密钥（WRITE=1 动手换）
	@sh ops/bootstrap.sh run
	@$(PY) -m ops.rotate $(if $(WRITE),--write)

check-invariants:  ## 核对数据前后是否一致：收件、工单、经过、送达、Rasa 的记忆、审计日志
	@sh ops/bootstrap.sh run
	@$(PY) -m desk.invariants

backup:  ## 备份 SQLite 数据库，不用停（TO=放哪里，默认 var/backup）
	@sh ops/bootstrap.sh run
	@$(PY) -m desk.backup $(TO)

train: install-dev  ## 只训练模型（按内容缓存）
	$(PY) -m ops.model train

lock: install-dev  ## 重新生成各平台带哈希的依赖清单
	sh ops/lock.sh

clean:  ## 删除虚拟环境和运行数据（var/ 里的数据库也会删除）
	rm -rf .venv .tools var

.PHONY: help run test install-dev check unit whole talk faults browser lint bench bench-queue bench-load understanding understanding-compare noise fuzz admin verify-audit rotate check-invariants backup train lock clean
