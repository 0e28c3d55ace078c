from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.tickets.phrases import prepared
from desk.tickets.triage import DANGER, FUND_FRAUD, LABOUR, Triage

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage.load(DATA / "triage.yml")


DANGERS = {
    "self_harm": """
        我不想活了
        三个月没收入，真的不 想 活 了
        再不给我办我就死给你们看
        活着没意思，什么都办不成
        钱再不到账我就从你们楼上跳下去
        我已经吃了一瓶安眠药
        刚喝了农药
        我想自殺
        想死的心都有了，想死
        家里揭不开锅，快活不下去了
        遗书都写好了，我写好遗书了
        你们逼我跳楼是吧
    """,
    "violence": """
        明天我带刀去你们窗口
        惹急了我砍死他
        大不了同归于尽
        窗口有人打起来了
        保安正在打我
        我要一把火烧了你们大厅
        老板扣住我不让走
        我被人打了，头上流血
        前夫家暴，我不敢回去
    """,
    "fire": """
        大厅着火了
        我家起火了怎么办
        闻到煤气味，好像煤气泄漏
        我被困电梯里了
    """,
    "illness": """
        排队的老人晕倒了
        我妈突然倒在地上叫不醒
        胸口疼得厉害，喘不上气
        旁边有人口吐白沫在抽搐
        快帮我叫一辆救护车
        流血不止
    """,
}
NO_DANGER = """
    我要气死了
    急死我了，到底什么时候发钱
    等死我了
    真是烦死人了
    累死了跑了五趟
    系统卡死了
    手机死机，人脸过不去
    我爸死了，他的失业金怎么领
    领取人死亡以后怎么办
    需要死亡证明吗
    想死你了小助手
    跳楼价大甩卖也没这么低
    气得我冒火
    心头起火，态度太差
    压得喘不过气来
    打死我也想不通为什么不通过
    材料又被打回来了
    系统不让我走下一步
    几句话就把我打发了
    医保能报销心梗住院花的钱吗
    停发了怎么活
    我的电话打不通窗口
    你们的系统像着火了一样慢
    公司被火灾烧了倒闭了，能领吗
    窗口说话像吃了火药
    五华区怎么走
"""
FRAUDS = """
    我要举报有人骗领失业金
    楼下的中介专门包办领失业金，收三成
    我们公司给没上班的人交社保套取失业金
    张某有工作还在领失业金
    隔壁老李早就上班了还领失业金
    老板让我们假离职去领失业保险金
    有人伪造离职材料领失业金
    他把社保挂靠在公司，然后领失业金
    黑中介招人短期参保
    我怀疑公司骗领失业保险金
    听他说我们单位骗领补贴
    有人虚报冒领
    代办领失业金还要抽成两千
    舉報有人騙領失業金
"""
FRAUD_VICTIMS = """
    有人冒领了我的失业金
    我的失业金被别人领走了
    前公司用我的身份证领了失业金
    有人冒用我的名字在领失业金
"""
NO_FRAUD = """
    工作人员怀疑我骗领，我没有
    窗口说我是骗领的，态度很差
    我被怀疑骗领，审核一直不过
    被当成骗保的，冤枉
    系统提示我有骗领风险
    凭什么认定我是冒领
    我没有骗领，请重新审核
    他们诬陷我冒领
    这样算不算骗领
    说我挂靠，要我交工资流水
    我的失业金一直没到账
    中介服务中心的电话打不通
    窗口让我补材料
    我上班以后失业金什么时候停
    找到工作还能领失业金吗
    审核超过十个工作日了
"""
LABOURS = {
    "labour_dispute": """
        公司拖欠我三个月工资
        老板欠着我两个月工资不给
        单位辞退我不给经济补偿
        加班费一分没有
        公司违法辞退我
        被逼我自己辞职，没有补偿
        厂里克扣工资
        没签劳动合同就把我开了
        要求公司给 N+1
    """,
    "unpaid_premium": """
        公司一直没给我交社保
        单位不缴失业保险
        老板不给我交社保
    """,
    "leaving_certificate": """
        公司不给我开离职证明
        单位扣着我的离职证明
        老板不开解除劳动合同证明
    """,
}
NO_LABOUR = """
    云南最低工资是多少
    工资卡能收失业金吗
    拿了经济补偿，窗口说不能领失业金
    公司欠薪我走了，审核说我是主动离职不给过
    单位把停保原因写成本人主动离职
    窗口非要离职证明才给办
    失业金少发了一个月
    工作人员说单位没缴够，态度很差
    五华区的电话没人接
"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def labelled(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(label, line) for label, text in table.items() for line in lines(text)]


@pytest.mark.parametrize(("label", "words"), labelled(DANGERS))
def test_danger_is_heard_and_help_is_named_first(label: str, words: str, triage: Triage) -> None:
    advice = triage.look(words)
    assert advice is not None
    assert (advice.id, advice.route) == (label, DANGER)
    assert triage.danger(words) == advice
    numbers = {number for _, number in advice.phones}
    assert numbers <= {"110", "119", "120", "12356"}
    assert any(number in line for number in numbers for line in advice.lines)
    assert advice.may_file


@pytest.mark.parametrize("words", lines(NO_DANGER))
def test_an_angry_word_is_not_taken_for_danger(words: str, triage: Triage) -> None:
    assert triage.look(words) is None


@pytest.mark.parametrize("words", lines(FRAUDS))
def test_a_hint_of_fund_fraud_is_sent_to_the_fund_supervision(words: str, triage: Triage) -> None:
    advice = triage.look(words)
    assert advice is not None
    assert (advice.id, advice.route, advice.may_file) == ("fund_fraud", FUND_FRAUD, False)
    text = "".join(advice.lines)
    assert "基金监督" in text and "5个工作日" in text and "10个工作日" in text
    assert "第49号" in advice.source


@pytest.mark.parametrize("words", lines(FRAUD_VICTIMS))
def test_a_victim_of_fraud_may_still_file(words: str, triage: Triage) -> None:
    advice = triage.look(words)
    assert advice is not None
    assert (advice.id, advice.route, advice.may_file) == ("fraud_victim", FUND_FRAUD, True)


@pytest.mark.parametrize("words", lines(NO_FRAUD))
def test_who_is_suspected_himself_complains_like_everybody(words: str, triage: Triage) -> None:
    advice = triage.look(words)
    assert advice is None or advice.route != FUND_FRAUD


@pytest.mark.parametrize(("label", "words"), labelled(LABOURS))
def test_a_dispute_with_the_employer_is_shown_its_way(label: str, words: str, triage: Triage) -> None:
    advice = triage.look(words)
    assert advice is not None
    assert (advice.id, advice.route, advice.may_file) == (label, LABOUR, True)
    assert "12333" in "".join(advice.lines)


@pytest.mark.parametrize("words", lines(NO_LABOUR))
def test_a_complaint_about_the_office_is_not_turned_away_as_a_labour_dispute(
    words: str, triage: Triage
) -> None:
    assert triage.look(words) is None


def test_danger_comes_before_everything_else(triage: Triage) -> None:
    advice = triage.look("公司拖欠工资，有人骗领失业金，我不想活了")
    assert advice is not None and advice.route == DANGER


def test_only_danger_is_looked_for_in_ordinary_messages(triage: Triage) -> None:
    assert triage.danger("公司拖欠我三个月工资") is None


def test_a_very_long_text_is_looked_at_quickly_enough(triage: Triage) -> None:
    assert triage.look("公司怀疑我说我被他单位" * 180) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "no entries"),
        ("- {id: a, route: nowhere, words: [x], lines: [y], phones: [], may_file: true, source: z}", "route"),
        ("- {id: a, route: danger, words: x}", "words"),
        (
            "- {id: a, route: danger, words: [x], lines: [y], phones: [{a: b}], may_file: true, source: s}",
            "number",
        ),
    ],
)
def test_faults_in_the_triage_file_are_named_with_the_path(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "triage.yml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(DataFault) as caught:
        Triage.load(path)
    assert any(fault in each for each in caught.value.faults)
    assert all(each.startswith(str(path)) for each in caught.value.faults)


def test_a_group_of_words_counts_its_parts_anywhere_and_a_gap_within_a_clause(triage: Triage) -> None:
    assert prepared("　不 想　活 ") == "不想活"
    assert triage.look("欠我的工资") is not None
    assert triage.look("欠我。今年的工资") is None
