"""Canned answers of the fake gateway: one of each shape a page has to draw. Examples, not records."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]
GUIDE = {"title": "昆明市失业保险金网上申领指南", "clause": "一、需上传的材料", "number": ""}


def _buttons(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "token": title} for title in titles]


OPENING: Message = {
    "text": "您好，我是昆明市失业保险助手（机器人）。材料、步骤、找机构、查进度、投诉建议，都可以问我。\n"
    "直接打字就行，怎么说都可以。",
    "buttons": _buttons(
        "要带什么材料",
        "怎么一步步申领",
        "我能不能领",
        "能领多少、领几个月",
        "我该找哪个经办点",
        "查我的办理进度",
        "我要投诉",
        "转人工 / 12333",
    ),
}

MATERIALS: Message = {
    "text": "网上申领失业保险金，要上传下面 7 样材料的照片：",
    "card": {
        "kind": "checklist",
        "title": "网上申领要上传的材料",
        "scope": "昆明市",
        "since": None,
        "checked": "2026-11-21",
        "lines": [
            "身份证人像面、国徽面",
            "户口簿：发证机关页",
            "户口簿：申领人本人页",
            "近期 1 寸免冠彩色照片",
            "申领人本人的银行卡",
            "社会保障卡",
            "就业创业证第 2、3 页（可以不传）",
        ],
        "sources": [GUIDE],
        "note": "照片要拍清楚四个角，字能看清，不要反光。",
    },
    "buttons": _buttons("户口簿要拍哪几页", "照片有什么要求", "怎么一步步申领"),
}

STEP: Message = {
    "text": "",
    "card": {
        "kind": "steps",
        "title": "第三步：领取电子社保卡",
        "scope": "昆明市",
        "checked": "2026-11-21",
        "lines": ["电子社保卡领取成功后，点“立即使用”。"],
        "ordered": False,
        "progress": {"step": 3, "of": 9},
        "sources": [{**GUIDE, "clause": "二、网上申领步骤 第三步"}],
    },
    "buttons": _buttons("上一步", "下一步", "全部步骤"),
}

OFFICE: Message = {
    "text": "按您参保的地方，应当找五华区：",
    "card": {
        "kind": "office",
        "title": "五华区就业局失业保险科",
        "scope": "昆明市",
        "checked": "2026-11-21",
        "fields": [
            {"name": "地址", "value": "昆明市正义路五华坊17号"},
            {"name": "发放银行", "value": "交通银行"},
        ],
        "phones": [
            {"name": "失业保险科", "number": "0871-63588129"},
            {"name": "人社服务热线", "number": "12333"},
        ],
        "note": "经办点看的是参保地，不是住址。去之前先打个电话，免得白跑。",
        "sources": [{**GUIDE, "clause": "待遇发放联系方式"}],
    },
    "buttons": _buttons("那银行呢", "不是五华，换一个区"),
}

NEIMENGGU: Message = {
    "text": "",
    "card": {
        "kind": "card",
        "title": "失业登记",
        "label": "以下是内蒙古自治区的规定，昆明不适用。",
        "scope": "内蒙古自治区",
        "lines": ["在“智慧就业服务云平台”办理失业登记。"],
        "sources": [{"title": "自治区失业保险经办规程"}],
    },
    "buttons": _buttons("昆明怎么办"),
}

MOVED_OFFICE: Message = {
    "text": "",
    "card": {
        "kind": "office",
        "title": "安宁市就业局失业保险科",
        "scope": "安宁市",
        "fields": [
            {"name": "发放银行", "value": "中国工商银行"},
            {"name": "地址", "value": "安宁市政务中心412号窗口"},
            {"name": "以上地址、电话", "value": "2025-06-17公布"},
            {"name": "原来的地址", "value": "安宁市金晖路宁湖大厦裙楼4楼"},
            {"name": "原来的电话", "value": "68688041"},
        ],
        "phones": [
            {"name": "安宁市就业局失业保险科（2025-06-17公布）", "number": "0871-68690687"},
            {"name": "指南上原来的电话", "number": "0871-68688041"},
        ],
    },
}

CLAIM: Message = {
    "text": "",
    "card": {
        "kind": "claim",
        "title": "您的失业保险金申请",
        "label": "演示数据，不是真实的申请",
        "scope": "全国",
        "fields": [
            {"name": "办到哪一步", "value": "审核中"},
            {"name": "提交日期", "value": "2026-11-03"},
            {"name": "审核用了", "value": "13 个工作日（最多 10 个，已过最晚日期）"},
            {"name": "最晚审完", "value": "2026-11-17"},
            {"name": "经办机构", "value": "西山区就业局失业保险科"},
            {"name": "登记更新", "value": "2026-11-21"},
        ],
        "lines": ["审核已经超过 10 个工作日。要帮您登记一件投诉吗？"],
        "phones": [{"name": "西山区就业局失业保险科", "number": "0871-68367614"}],
        "sources": [{"title": "社会保险经办条例", "clause": "第二十四条", "number": ""}],
    },
    "buttons": _buttons("帮我登记投诉", "我该找哪个经办点"),
}

REFUSED_CLAIM: Message = {
    "text": "",
    "card": {
        "kind": "claim",
        "title": "您的失业保险金申请",
        "fields": [
            {"name": "办到哪一步", "value": "审核不通过"},
            {"name": "提交日期", "value": "2026-11-11"},
            {"name": "不通过的原因", "value": "上传的银行卡不是本人的"},
        ],
        "lines": ["问题解决以后可以再次申请。"],
    },
}

SUMMARY: Message = {
    "text": "请核对，确认后才会提交：",
    "card": {
        "kind": "ticket",
        "title": "还没有提交，请核对",
        "fields": [{"name": "发生了什么", "value": "材料交了三次都不收"}],
    },
    "buttons": _buttons("确认提交", "改：发生了什么", "改：什么时候", "改：怎么答复您", "取消"),
}

TICKET: Message = {
    "text": "已经提交。编号 JS-20261121-000007-4，请记下来。",
    "card": {
        "kind": "ticket",
        "title": "诉求 JS-20261121-000007-4",
        "fields": [
            {"name": "编号", "value": "JS-20261121-000007-4"},
            {"name": "进度", "value": "待受理"},
            {"name": "答复期限", "value": "2026-11-27"},
            {"name": "类别", "value": "投诉 · 审核超期"},
        ],
        "lines": ["已收到，11月23日前受理，11月27日前答复。"],
        "note": "5个工作日内答复是本服务自己的承诺，不是法律规定的期限。",
    },
    "buttons": _buttons("查这件投诉", "补充情况", "撤回"),
}

LONG: Message = {
    "text": "",
    "card": {
        "kind": "card",
        "title": "一共十二条",
        "ordered": True,
        "lines": [f"第 {n} 条的内容" for n in range(1, 13)],
    },
}

ANSWERS: dict[str, list[Message]] = {
    "材料": [MATERIALS],
    "步": [STEP],
    "经办点": [OFFICE],
    "五华": [OFFICE],
    "安宁": [MOVED_OFFICE],
    "内蒙古": [NEIMENGGU],
    "进度": [
        {"text": "验证码已经发到登记的手机上，请把 6 位数字发给我。"},
        {
            "from": "notice",
            "kind": "demo_sms",
            "text": "【昆明失业保险】验证码 482913，5 分钟内有效，请勿告诉他人。",
        },
    ],
    "482913": [CLAIM],
    "没通过": [REFUSED_CLAIM],
    "核对": [SUMMARY],
    "投诉": [TICKET],
    "长": [LONG],
    "转人工": [
        {"from": "notice", "text": "已为您转接人工，请稍候。"},
        {"from": "agent", "name": "座席07", "text": "您好，我是座席07，请问有什么可以帮您？"},
    ],
}


def answer_to(text: str) -> list[Message]:
    """The canned answer whose key word occurs in the text, or a sentence that says nothing is recorded."""
    for word, answer in ANSWERS.items():
        if word in text:
            return answer
    return [{"text": "这个问题我这里没有记录。可以拨打 12333 询问，或点“转人工”。"}]
