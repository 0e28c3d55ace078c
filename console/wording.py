"""Reason codes of the desk as sentences for staff: what was refused and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from console.ticket_words import FIELDS

REASONS: Mapping[str, str] = {
    "wrong_state": "这张工单现在的状态不能做这一步。请刷新页面看看现在的进度。",
    "wrong_role": "这一步不由您的角色来做。",
    "unknown_move": "没有这一步操作。",
    "accused": "不能把工单交给被投诉的单位或人员，请换一个承办单位。",
    "other_unit": "这张工单不由您的单位承办。",
    "disputed_before": "派单异议只能提一次；督办裁定后不能再提。",
    "unknown_resolution": "请在列表里选一个办理结果。",
    "too_few_tries": "登记“联系不上”之前至少要有三次联系记录。",
    "no_reply": "还没有答复，不能办结。",
    "silence_is_no_verdict": "市民没有回音不能算“已解决”。",
    "supervisor_decides": "这一步由督办主管决定，并写明理由。",
    "unknown_satisfaction": "请选“满意”“基本满意”或“不满意”。",
    "unknown_verdict": "请选“解决了”“没有解决”或“未评价”。",
    "too_early": "还没有到可以这样处理的日子。",
    "too_late": "已经过了可以这样处理的日子。",
    "redo_first": "第一次“没有解决”应当直接退回重办。",
    "no_target": "没有找到要并入的工单，请核对编号。",
    "target_closed": "要并入的工单已经结束，不能再并进去。",
    "report_stays": "举报不能撤回。",
    "unknown_reason": "请在列表里选一个理由。",
    "personal_number": "文字里有身份证号、手机号或卡号。请删掉再提交：这些号码不应写在工单里。",
    "too_long": "文字太长了，请不要超过 2000 个字。",
    "empty": "请填写内容。",
    "ticket_number": "工单编号不对，可能有一位写错了。",
    "phone": "电话号码不对，请核对。只写一个手机号，或带区号的座机号。",
    "phone_gone": "号码保存满 30 分钟，已经自动删除。请再问一次来电人，在“换一个号码”里填写。",
    "kind": "请选诉求类型。",
    "category": "请在列表里选一个分类。",
    "district": "请在列表里选一个区县。",
    "happened_on": "日期不对：请选今天或以前的一天。",
    "no_words": "请先在框里写下来电人说的事，再登记。",
    "elsewhere": "这件事按规定由别的部门受理，不在这里登记。请先照页面上的话说；"
    "如果认错了，请把事情写得更具体再登记。",
    "not_holder": "这段对话已经不在您手里，话没有发出去。",
    "still_holds": "您手里还有对话，请先交还，再下线。",
    "verdict": "请选“用了”或“不对”。",
}
REASONS_OF_QUEUE: Mapping[str, str] = {
    "others_joined": "别人反映的同一件事已经并到这张工单里，不能撤回。",
    "has_children": "已经有别的工单并到这一张里，它不能再并到别处。",
    "dispatched_before": "已经派过单，分类不能再改。可以加备注告诉承办单位。",
    "extended_before": "延期只能申请一次。",
    "not_asked": "没有待审批的延期申请。",
    "past_due": "已经过了答复期限，延期要在到期之前申请和审批。",
    "asked_enough": "已经问过三次，等市民回音或满期限后办结。",
    "units": "请在列表里选承办单位。",
    "unknown_unit": "没有这个承办单位，请在列表里选。",
    "main_assists": "承办单位不能同时是协办单位。",
    "unknown_way": "请选联系的方式。",
    "reached": "请选有没有联系上。",
    "missing:reached": "请选有没有联系上。",
    "unknown_tag": "请在列表里选一个标签。",
    "tagged_before": "已经有这个标签了。",
    "not_tagged": "没有这个标签。",
    "nothing_changed": "没有改动什么。",
    "unknown_kind": "请在列表里选诉求类型。",
    "priority": "请选是否紧急。",
    "days": "请选延长几个工作日。",
    "too_many": "最多存50个视图，请先删掉不用的。",
    "reveal_reason": "请选为什么要看，并写一句说明。",
}
_OTHERWISE = "这个操作现在做不了。"


def reason_sentence(reason: str) -> str:
    """Return the sentence for a reason of `NotAllowed` or `InvalidInput`."""
    kind, _, name = reason.partition(":")
    if kind == "missing" and name and reason not in REASONS_OF_QUEUE:
        return f"请填写“{FIELDS.get(name, name)}”。"
    return REASONS.get(reason) or REASONS_OF_QUEUE.get(reason, _OTHERWISE)
