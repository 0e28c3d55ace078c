"""Accounts, signing in and the audit in the words of staff."""

from __future__ import annotations

from collections.abc import Mapping

from console.ticket_words import MOVES
from desk.staff.passwords import Policy
from desk.tickets.export import TOO_MANY

REFUSALS: Mapping[str, str] = {
    "wrong": "登录名或密码不对，或者账号已经停用。",
    "locked": "错误次数太多，请 15 分钟后再试。忘记密码请找运维人员重设。",
    "wrong_code": "验证码不对或者已经用过。请等应用里换出新的 6 位数字再输入。",
    "code": "请输入应用里显示的 6 位数字。",
    "step": "这一步已经过期，请重新登录。",
    "enrolled": "动态口令已经绑定过了。",
    "repeated": "两次输入的新密码不一样，请再输一遍。",
    "old_password": "原密码不对，请再输一遍。",
    "password_short": "新密码太短。",
    "password_long": "新密码太长，请不要超过 128 个字符。",
    "password_kinds": "新密码的字符种类不够。",
    "password_login": "新密码里不能有登录名。",
    "password_common": "这个密码太常见，容易被猜到，请换一个。",
    "password_used": "这个密码以前用过，请换一个。",
    "login": "登录名应为 2 到 32 个字母、数字、汉字或 . _ -，不能是手机号、身份证号。",
    "shown_name": "显示名应为 1 到 20 个字，不能含手机号、身份证号。",
    "role": "请选一个角色。",
    "unit": "承办账号要选单位。",
    "taken": "这个登录名已经有人用，请换一个。",
    "last_operator": "这是最后一个能用的运维账号，不能停用或改角色。请先建立另一个运维账号。",
    "own_role": "不能改自己的角色，请另一位运维人员来改。",
    "own_account": "不能对自己的账号这样做，请另一位运维人员来办。",
    "note": "抄下的校验码不对，没有核对。应像 120-0123456789abcdef 这样：序号、横线、16 位。",
    "day": "日期不对，请重新选。",
    "day_order": "开始的日期在结束的日期之后，请重新选。",
    "format": "请选一种文件格式。",
    "export_reason": "请写明导出的理由（200 字以内，不要写手机号、身份证号、卡号）。",
    "too_many_rows": TOO_MANY,
}
ENDED: Mapping[str, str] = {
    "elsewhere": "您的账号刚刚在别处登录，这里已经退出。如果不是您本人，请马上改密码并告诉运维人员。",
    "signed_out": "已经退出。",
    "idle": "15 分钟没有操作，已经自动退出。",
    "expired": "已经登录满 8 小时，请重新登录。",
    "disabled": "这个账号已经停用。需要的话请找运维人员。",
    "reset": "密码或动态口令已经重设，请重新登录。",
    "ended": "运维人员结束了这次登录。",
}
ACTIONS: Mapping[str, str] = {
    "sign_in": "登录：密码",
    "second_factor": "登录：动态口令",
    "sign_out": "退出",
    "enrolled": "绑定动态口令",
    "password_changed": "修改密码",
    "account_created": "建立账号",
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "post_changed": "改角色或单位",
    "password_reset": "重设密码",
    "keys_rotated": "更换密钥",
    "second_factor_reset": "清除动态口令",
    "sessions_ended": "结束登录",
    "tickets_exported": "导出工单",
    "audit_verified": "核对审计日志",
    "refused": "越权访问被拒绝",
    "ticket_opened": "查看工单",
    "conversation_opened": "查看工单的对话",
    "phone_revealed": "查看市民的号码",
    "ticket_note": "给工单加备注",
    "limit_changed": "修改办理时限",
    "card_used": "标记卡片：用了",
    "card_wrong": "标记卡片：不对",
    "card_mark_undone": "撤回对卡片的标记",
    "ticket_filed": "登记工单",
    "live_on": "上线接待",
    "live_off": "下线",
    "live_taken": "接入对话",
    "live_said": "在对话里写话",
    "live_card": "在对话里发卡片",
    "live_given_back": "交还对话",
    "items_labelled": "给没听懂的话标主题",
    "label_undone": "撤销主题标注",
    "change_proposed": "提出训练修改",
    "change_approved": "批准训练修改",
    "change_rejected": "退回训练修改",
    "change_withdrawn": "撤回训练修改",
    "changes_made": "生成修改文件",
    "changes_downloaded": "下载修改文件",
    "purged": "清理到期的数据",
}
OBJECTS: Mapping[str, str] = {
    "account": "账号",
    "route": "页面",
    "ticket": "工单",
    "tickets": "工单",
    "audit": "审计日志",
    "conversation": "对话",
    "card": "卡片",
    "item": "没听懂的话",
    "proposal": "训练修改",
    "batch": "修改文件",
    "limit": "办理时限",
    "retention": "保存期限",
}
RESULTS: Mapping[str, str] = {
    "ok": "成功",
    "wrong": "密码不对",
    "wrong_code": "验证码不对",
    "locked": "已锁定",
    "note": "抄下的校验码不对",
    "conflict": "别人先动了",
    "taken_before": "别人先接了",
    "no_permission": "没有权限",
    "not_visible": "不在可看的范围",
    "forged": "不是从本系统的页面发出的",
    "broken": "对不上",
    "too_many_rows": "太多，没有导出",
    "own_proposal": "是自己提出的",
    "not_own": "不是自己提出的",
    "state": "状态不允许",
    "reason": "没写原因",
}
DETAILS: Mapping[str, str] = {
    "from": "原来",
    "to": "现在",
    "role": "角色",
    "unit": "单位",
    "count": "条数",
    "format": "格式",
    "filter": "条件",
    "reason": "理由",
    "rows": "件数",
    "topic": "主题",
    "kind": "种类",
    "words": "说明",
    "seconds": "显示秒数",
    "version": "第几步",
    "channel": "渠道",
    "days": "天数",
    "since": "起始日",
    "card": "卡片",
    "bulk": "批量",
    "conversation": "对话",
    "learning": "学习材料",
    "demo_sms": "演示短信",
}


def action_name(code: str) -> str:
    """Return an act of the audit in words; the moves of a ticket go by their own names."""
    return ACTIONS.get(code) or MOVES.get(code.removeprefix("ticket_"), code)


def policy_sentence(policy: Policy) -> str:
    """Return what a new password must be."""
    parts = [f"至少 {policy.least} 个字符"]
    if policy.kinds:
        parts.append(f"大写字母、小写字母、数字、符号里至少 {policy.kinds} 种")
    parts.append("不含登录名，不能和最近用过的相同")
    return "，".join(parts) + "。"


HEALTH_STATES: Mapping[str, str] = {"ok": "✓ 正常", "failing": "◷ 部分失败", "open": "! 已断开"}
PLATFORM_REASONS: Mapping[str, str] = {
    "connect": "连不上",
    "timeout": "没有按时答复",
    "tls": "证书不对",
    "broken": "答复中途断了",
    "status": "对方报错",
    "malformed": "答复读不懂",
    "too_big": "答复太长",
    "token": "不认我们的凭证",
    "schema": "答复不合约定，没有采用",
    "wrong_person": "答复的是另一个人，没有采用",
    "duplicate": "同一个人有两条记录，没有采用",
}
