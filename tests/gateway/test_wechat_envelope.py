"""What is read of the messages and events that WeChat posts, and what may not be."""

from __future__ import annotations

import pytest

from bot.gateway.wechat.envelope import Envelope
from desk.sealing import Key
from tests.gateway.wechat_post import ACCOUNT, NOW, OPENID, broken, event, message, read, with_inner

SECRET = Key(b"s" * 32)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(9))
DOCTYPES = [
    "<!DOCTYPE xml>",
    '<!DOCTYPE xml [<!ENTITY who SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE xml [<!ENTITY % dtd SYSTEM "http://127.0.0.1:1/x.dtd"> %dtd;]>',
    '<!DOCTYPE xml PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:1/x.dtd">',
    f"<!DOCTYPE xml [{LAUGHS}]>",
    '<!DOCTYPE xml [<!ATTLIST Content a CDATA "b">]>',
]
NO_XML = [
    *("", " ", "junk", "{}", "<xml>", "<xml><a></xml>", "<xml/><xml/>", "<xml></xml>junk", "\ufffe<xml/>"),
    *(
        "<html></html>",
        "<XML></XML>",
        "<x:xml xmlns:x='a'/>",
        "<xml a='1' a='2'/>",
        " <?xml version='1.0'?><xml/>",
    ),
    *(
        "<xml>&who;</xml>",
        "<xml>\0</xml>",
        "<xml><a>\x01</a></xml>",
        "<xml>&#0;</xml>",
        "<xml>&#xD800;</xml>",
    ),
]


def test_a_text_message_is_read() -> None:
    read_back = read(message())
    assert read_back == Envelope(
        ACCOUNT, OPENID, NOW, "text", "23456789012345678", True, {"Content": "失业金怎么领"}
    )
    assert (read_back.event, read_back.event_key) == ("", "")


def test_the_text_is_kept_as_it_came() -> None:
    said = "  第一行\n\t第二行 <b>&amp;]]> 😀\u3000 "
    assert read(message(Content=said)).fields["Content"] == said


def test_an_event_is_read_without_an_id() -> None:
    clicked = read(event("CLICK", EventKey="MENU_1"))
    assert (clicked.kind, clicked.event, clicked.event_key, clicked.message_id) == (
        "event",
        "click",
        "MENU_1",
        "",
    )
    left = read(event("unsubscribe"))
    assert (left.event, left.event_key) == ("unsubscribe", "")


def test_the_id_that_an_event_tells_about_another_message_stays_in_its_fields() -> None:
    finished = read(event("TEMPLATESENDJOBFINISH", MsgID="200163836", Status="success"))
    assert finished.message_id == ""
    assert finished.fields["MsgID"] == "200163836"


def test_the_other_spelling_of_the_message_id_is_read() -> None:
    assert read(message("MsgId", MsgID="77")).message_id == "77"


def test_the_kind_is_in_lower_case() -> None:
    assert read(message(MsgType="ShortVideo")).kind == "shortvideo"


def test_a_place_sent_from_the_menu_is_read_like_a_place_sent() -> None:
    place = "<Location_X>25.04</Location_X><Location_Y>102.71</Location_Y><Scale>15</Scale>"
    place += "<Label>昆明市五华区</Label><Poiname></Poiname>"
    inner = f"<SendLocationInfo>{place}</SendLocationInfo>"
    assert read(with_inner(event("location_select", EventKey="where"), inner)).fields == {
        "Event": "location_select",
        "EventKey": "where",
        "Location_X": "25.04",
        "Location_Y": "102.71",
        "Scale": "15",
        "Label": "昆明市五华区",
        "Poiname": "",
    }


def test_a_scanned_code_is_read() -> None:
    inner = "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>"
    fields = read(with_inner(event("scancode_waitmsg"), inner)).fields
    assert (fields["ScanType"], fields["ScanResult"]) == ("qrcode", "1")


def test_pictures_from_the_menu_are_no_fault() -> None:
    item = "<item><PicMd5Sum>1b5f7c</PicMd5Sum></item>"
    inner = f"<SendPicsInfo><Count>2</Count><PicList>{item}{item}</PicList></SendPicsInfo>"
    fields = read(with_inner(event("pic_sysphoto"), inner)).fields
    assert fields == {"Event": "pic_sysphoto", "Count": "2"}


def test_an_element_within_another_never_stands_for_one_of_the_message() -> None:
    inner = "<X><FromUserName>oSomebody</FromUserName><EventKey>k</EventKey><Content>y</Content></X>"
    changed = read(with_inner(message(), inner))
    assert (changed.openid, changed.event_key, changed.fields["Content"]) == (OPENID, "", "失业金怎么领")
    with broken("fields"):
        read(with_inner(message("FromUserName"), inner))


def test_comments_do_not_cut_a_value_short() -> None:
    xml = message().replace(OPENID, "oDemo<!-- -->-follower<?x?>_01").replace("怎么领", "<![CDATA[怎么]]>领")
    assert read(xml) == read(message())


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName"])
@pytest.mark.parametrize("value", ["", "x" * 65, "a b", " a", "用户", "a\n", "a\u00a0"])
def test_a_name_is_1_to_64_visible_letters(name: str, value: str) -> None:
    with broken("fields"):
        read(message(**{name: value}))
    read(message(**{name: "!" + "~" * 63}))


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e9", "１２３", "1 ", "١", "9" * 11, "9" * 5000])
def test_a_time_is_digits(value: str) -> None:
    with broken("fields"):
        read(message(CreateTime=value))


@pytest.mark.parametrize("value", ["", "x", "１２３", "-1", "9" * 33, "1 "])
def test_a_message_id_is_1_to_32_digits(value: str) -> None:
    with broken("fields"):
        read(message(MsgId=value))
    assert read(message(MsgId="9" * 32)).message_id == "9" * 32


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"])
def test_a_message_lacks_none_of_its_elements(name: str) -> None:
    with broken("fields"):
        read(message(name))


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"])
def test_an_event_lacks_none_of_its_elements(name: str) -> None:
    with broken("fields"):
        read(event("CLICK").replace(f"<{name}>", "<Other>").replace(f"</{name}>", "</Other>"))


@pytest.mark.parametrize("name", ["FromUserName", "MsgType", "MsgId", "Content", "Unheard"])
def test_no_element_comes_twice(name: str) -> None:
    with broken("fields"):
        read(with_inner(message(Unheard="1"), f"<{name}>1</{name}>"))


def test_a_value_has_at_most_20000_characters() -> None:
    assert len(read(message(Content="x" * 20_000)).fields["Content"]) == 20_000
    assert len(read(message(Content="长" * 15_000)).fields["Content"]) == 15_000
    with broken("fields"):
        read(message(Content="x" * 20_001))
    with broken("fields"):
        read(with_inner(message(), f"<A><B>{'x' * 20_001}</B></A>"))


def test_elements_lie_at_most_eight_deep() -> None:
    read(with_inner(message(), "<a>" * 7 + "</a>" * 7))
    for depth in (8, 6000):
        with broken("fields"):
            read(with_inner(message(), "<a>" * depth + "</a>" * depth))


@pytest.mark.parametrize("doctype", DOCTYPES, ids=range(len(DOCTYPES)))
def test_a_doctype_is_refused_before_anything_in_it_is_read(doctype: str) -> None:
    for xml in (message(), message(Content="").replace("<Content>", "<Content>&l8;&who;")):
        with broken("doctype"):
            read(doctype + xml)
        with broken("doctype"):
            read('<?xml version="1.0"?><!-- -->\n' + doctype + xml)


def test_an_include_is_nothing_but_an_element() -> None:
    inner = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    fields = read(with_inner(message(), inner)).fields
    assert fields == {"Content": "失业金怎么领", "{http://www.w3.org/2001/XInclude}include": ""}


def test_attributes_are_not_read() -> None:
    xml = message().replace("<Content>", f'<Content a="{"x" * 30_000}">')
    assert read(xml) == read(message())


@pytest.mark.parametrize("xml", NO_XML)
def test_what_is_no_xml_is_refused(xml: str) -> None:
    with broken("xml"):
        read(xml)


@pytest.mark.parametrize("xml", ["<xml/>", "<xml></xml>", "\ufeff<xml>text</xml>"])
def test_xml_without_a_message_is_refused(xml: str) -> None:
    with broken("fields"):
        read(xml)


def test_every_delivery_of_a_message_has_one_key_and_no_other_message_has_it() -> None:
    first = read(message())
    key = first.key(SECRET)
    assert key == read(message(CreateTime=str(NOW + 5), Content="又")).key(SECRET)
    others = [message(MsgId="1"), message(FromUserName="oOther"), event("CLICK")]
    assert key not in {read(xml).key(SECRET) for xml in others}
    assert key != first.key(Key(b"t" * 32))


def test_two_events_differ_by_person_time_kind_and_key() -> None:
    events = [
        event("CLICK", EventKey="12"),
        event("CLICK", EventKey="1"),
        event("CLICK"),
        event("CLICK1", EventKey="2"),
        event("VIEW", EventKey="12"),
        event("CLICK", EventKey="12", CreateTime=str(NOW + 1)),
        event("CLICK", EventKey="12", FromUserName="oOther"),
    ]
    assert len({read(xml).key(SECRET) for xml in events}) == len(events)
    assert read(events[0]).key(SECRET) == read(event("click", EventKey="12", Other="x")).key(SECRET)


def test_neither_the_key_nor_a_log_tells_the_openid() -> None:
    one = read(message(FromUserName="42", Content="我的话"))
    key = one.key(SECRET)
    assert key.startswith("wechat:")
    assert len(key) <= 96
    assert OPENID not in read(message()).key(SECRET)
    assert "我的话" not in repr(one)
    assert OPENID not in repr(read(message()))
