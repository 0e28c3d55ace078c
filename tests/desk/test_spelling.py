from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from desk.errors import DataFault
from desk.spelling import Spelling, check

DATA = Path(__file__).parents[2] / "data"
SPELLING = Spelling(DATA)

# As written -> as meant.
CORRECTED = """
四业金怎么领 -> 失业金怎么领
失业今要带哪样 -> 失业金要带哪样
我的失业斤到哪点了 -> 我的失业金到哪点了
十业金发了没得 -> 失业金发了没得
十页金是多少 -> 失业金是多少
我十页了整哪样 -> 我失业了整哪样
石业保险咋个领 -> 失业保险咋个领
事业今每个月几号来 -> 失业金每个月几号来
事业保险断了两年 -> 失业保险断了两年
事业宝险还有没有 -> 失业保险还有没有
我事业了能领哪样 -> 我失业了能领哪样
事业以后多久去登记 -> 失业以后多久去登记
想领事业金 -> 想领失业金
四业登记在手机上弄得成不 -> 失业登记在手机上弄得成不
失业登计做过了 -> 失业登记做过了
失业灯记 -> 失业登记
失业等级去哪点办 -> 失业登记去哪点办
四业证丢了 -> 失业证丢了
失业正丢了 -> 失业证丢了
失业正名和失业证是一样的不 -> 失业证明和失业证是一样的不
失业补住金 -> 失业补助金
失业不助金还有没有 -> 失业补助金还有没有
失业不住金停了吗 -> 失业补助金停了吗
失业补帖 -> 失业补贴
失业其间生病 -> 失业期间生病
失业人圆 -> 失业人员
失业保显 -> 失业保险
失夜险 -> 失业险
怎么生理失业金 -> 怎么申领失业金
生理条件是哪样 -> 申领条件是哪样
咋个身领 -> 咋个申领
网上深领搞不来 -> 网上申领搞不来
怎么深林 -> 怎么申领
审领材料 -> 申领材料
申领标在哪点下载 -> 申领表在哪点下载
找费满一年 -> 缴费满一年
交肥年限 -> 缴费年限
浇费断过两个月 -> 缴费断过两个月
单位没挺保 -> 单位没停保
老板不给我停宝 -> 老板不给我停保
退修了还能不能领 -> 退休了还能不能领
听保了没有 -> 停保了没有
停保元因写错了 -> 停保原因写错了
挺保员因 -> 停保原因
射保断了 -> 社保断了
设保卡没得激活 -> 社保卡没得激活
社宝局在哪点 -> 社保局在哪点
社保咔丢了 -> 社保卡丢了
餐宝地在官渡 -> 参保地在官渡
户口薄要哪几页 -> 户口簿要哪几页
劳动仲菜 -> 劳动仲裁
离职正名没给我 -> 离职证明没给我
离职正明 -> 离职证明
身份正掉了 -> 身份证掉了
身份正在哪里补 -> 身份证在哪里补
就业创业正 -> 就业创业证
就业闯业证在哪点办 -> 就业创业证在哪点办
人脸石别过不去 -> 人脸识别过不去
验正码收不到 -> 验证码收不到
公机金能不能取 -> 公积金能不能取
养老保显转移 -> 养老保险转移
生育金帖 -> 生育津贴
工伤人定 -> 工伤认定
技能提声补贴 -> 技能提升补贴
审核不同过 -> 审核不通过
审合了几天 -> 审核了几天
被词退了 -> 被辞退了
我是自己磁职的 -> 我是自己辞职的
到帐没有 -> 到账没有
帐号填错 -> 账号填错
转人公 -> 转人工
专人工服务 -> 转人工服务
人工课服 -> 人工客服
要带哪些才料 -> 要带哪些材料
shiyejin zenme ling -> 失业金 zenme ling
shi ye jin -> 失业金
shi ye bao xian -> 失业保险
wo shi ye le -> wo 失业 le
woshiyele -> wo失业le
she bao ka -> 社保 ka
cailiao -> 材料
sb断了三个月 -> 社保断了三个月
失業保險金怎麼領 -> 失业保险金怎么领
失業登記要帶什麼 -> 失业登记要带什么
就業創業證 -> 就业创业证
換了銀行卡 -> 换了银行卡
離職正明 -> 离职证明
四業金幾時發 -> 失业金几时发
ｓｈｉｙｅｊｉｎ -> 失业金
生理十页金 -> 申领失业金
"""

# Right as they stand: most are longer words that a word of the field would cut in two.
LEFT = """
失业怎么办 | 我失业了 | 事业单位 | 我是事业编 | 机关事业人员能领吗 | 企事业单位 | 事业有成 | 干事业了
事业部 | 带领事业发展 | 领事业务 | 实业 | 实业公司 | 云南实业集团 | 从事旅游业务 | 十业务员 | 石业公司
生理期 | 生理假 | 生理盐水 | 生理学 | 正在 | 失业正在办理 | 身份正在核验 | 身份正确吗 | 失业正规渠道
补脚 | 不足 | 失业不足一年 | 失业不住昆明 | 失业补足 | 失业就几个月 | 失业就急着用钱 | 失业就记不清了
失业今年五十岁 | 失业今天第三天 | 失业今后怎么生活 | 失业经济困难 | 失业经历 | 失业经过 | 失业进入第二年
失业进度 | 失业近况 | 失业近期 | 失业仅三个月 | 失业尽快 | 失业紧张 | 失业竟然 | 失业保现在还能领吗
参保第几年 | 参保第一年 | 参保低于一年 | 参保抵扣 | 参保证明 | 参保的公司 | 社保居民 | 社保据说 | 社保具体
需要验证吗 | 人脸验证吗 | 验证马上过期 | 公积今年 | 就业创业政策 | 离职证明名字错了 | 离职证名单上没我
听保安说 | 挺保守 | 听保险公司的人说 | 停宝马车 | 支付宝 | 找费用明细 | 交肥皂 | 收缴废品 | 其中裁员三十人
中裁判 | 公司中裁员了 | 设保证金 | 注射保胎针 | 辐射保护 | 身领导 | 审领导 | 深领会 | 申领标准是多少
为我正名 | 恢复好名声 | 审合同 | 申核实 | 到帐篷里 | 登计算机 | 灯记得关 | 待办里没有 | 代办里面 | 经办里头
刚才料到 | 教材科 | 单词退步 | 快餐保温 | 换省领失业金 | 转人公司 | 有专人工作吗 | 失业人愿意 | 二十页了
打印了十页了 | 这帮sb | 你个SB | usb接口 | sbc | dashiye | 退保 | 停保原因 | 转人工 | 人工客户服务
手机退修 | 退修费
工伤认定 | 户口本人页 | 银行卡号 | 医保卡里的钱 | 五华区社保局地址 | 网上申领 | 我想问问 | 官渡区 | 谢谢
"""


def pairs() -> list[tuple[str, str]]:
    return [(said, meant) for said, _, meant in (line.partition(" -> ") for line in lines(CORRECTED))]


def lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


def left() -> list[str]:
    return [phrase.strip() for line in lines(LEFT) for phrase in line.split("|")]


@pytest.mark.parametrize(("said", "meant"), pairs())
def test_a_word_of_the_field_is_put_right(said: str, meant: str) -> None:
    assert SPELLING.corrected(said) == meant


@pytest.mark.parametrize("said", left())
def test_what_is_right_already_is_left_alone(said: str) -> None:
    assert SPELLING.corrected(said) == said


def test_both_lists_are_long_and_say_nothing_twice() -> None:
    assert len({said for said, meant in pairs() if said != meant}) >= 60
    assert len(set(left())) == len(left()) >= 60


@pytest.mark.parametrize(
    "word", ["失业保险金", "失业救济金", "救济金", "下岗金", "待业保险金", "失业费", "失業津貼"]
)
def test_a_thing_has_one_name_for_the_classifier(word: str) -> None:
    assert SPELLING.canonical(f"我的{word}") == "我的失业金"


@pytest.mark.parametrize("word", ["失业保险", "下岗保险", "待业保险", "失业保", "四业保险"])
def test_the_insurance_is_not_the_money(word: str) -> None:
    assert SPELLING.canonical(f"{word}在哪里交") == "失业险在哪里交"


SOUNDS = "失四十石事业今金经济保险先补不住助足就急登计记申身深生理领令找缴费停挺听社射sb一 shiye正证名明"
PIECES = st.sampled_from([*SOUNDS, *(said for said, _ in pairs()), *left()])


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=60))
def test_to_correct_twice_changes_nothing(text: str) -> None:
    once = SPELLING.corrected(text)
    assert SPELLING.corrected(once) == once


@pytest.mark.parametrize(
    "piece", ["四业今", "\ud800失业\u200b今", "sb ", "生理", "🙂失‮业", "\n\t。", "shi ye", "𠮷𪚥"]
)
def test_a_very_long_odd_text_is_read_to_its_end(piece: str) -> None:
    text = (piece * 20_000)[:20_000] + "完"
    assert SPELLING.corrected(text).endswith("完")


def test_what_stands_around_a_word_stays() -> None:
    assert SPELLING.corrected("A1：四业金，（2）！") == "A1：失业金，（2）！"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(DATA / "vocabulary.yml", tmp_path)
    return tmp_path


def test_the_file_of_the_product_has_no_fault() -> None:
    assert check(DATA) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("words: [失业金,", "words: [失,", "words: '失' should be two or more Chinese characters"),
        ("words: [失业金,", "words: [abc,", "words: 'abc' should be two or more Chinese characters"),
        (
            "words: [失业金,",
            "words: [12,",
            "words should be a list of texts (numbers in quotes), but is [12]",
        ),
        ("  停保: [挺保", "  停保: ['(挺保'", "heard: 停保: '(挺保' is no pattern"),
        ("  停保: [挺保", "  停保: ['挺*'", "heard: 停保: '挺*' fits every text"),
        ("  证明: [正名]", "  证明: 正名", "heard: 证明: should be a list of texts"),
        ("  证明: [正名]", "  证明: []", "heard: 证明: should be a list of texts"),
        ("spared:", "kept:", "unknown key 'kept'"),
        ("spared:", "kept:", "spared is missing"),
        ("  - '标准|", "  - '标准(|", "spared: '标准(|"),
        ("heard:", "heard: [", "is not YAML in UTF-8"),
    ],
)
def test_a_fault_is_named_with_its_file(folder: Path, old: str, new: str, fault: str) -> None:
    path = folder / "vocabulary.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert any(found.startswith(f"{path}: ") and fault in found for found in check(folder))
    with pytest.raises(DataFault):
        Spelling(folder)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert check(tmp_path)[0] == f"{tmp_path / 'vocabulary.yml'}: file: is missing"


def test_every_word_and_every_other_name_of_the_file_is_right_as_it_stands() -> None:
    """What the file itself calls right must reach the classifier uncorrected, or its entry is dead."""
    file = YAML(typ="safe").load(DATA / "vocabulary.yml")
    other_names = [name for names in file["names"].values() for name in names]
    for word in [*file["words"], *file["heard"], *other_names]:
        assert SPELLING.corrected(word) == word


def test_every_other_name_becomes_the_one_name() -> None:
    for word, names in YAML(typ="safe").load(DATA / "vocabulary.yml")["names"].items():
        assert {SPELLING.canonical(name) for name in names} == {word}
