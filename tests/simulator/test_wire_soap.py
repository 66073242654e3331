"""Wire facts 14 to 23: SOAP as existing clients send it and need it answered."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

SOAP = "/PBX0/user.soap"
NS = "http://innovaphone.com/pbx"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
ARRAY = "{http://schemas.xmlsoap.org/soap/encoding/}arrayType"
V11 = f"{NS}/"


def answer_of(reply):
    assert reply.status == 200, reply.body
    return ET.fromstring(reply.body)[0][0]  # noqa: S314


def post(client, body, action=""):
    return answer_of(client.ask(SOAP, "POST", body, action))


def enclosed(inner):
    return f'<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>{inner}</E:Body></E:Envelope>'


def page(client, arguments, action=f"{NS}#FindUser"):
    return answer_of(client.soap("FindUser", arguments, action)).find("return")


@pytest.mark.parametrize(
    "action",
    [f'"{NS}#Version"', f"{NS}#Version", f"{NS}/{NS}#Version", "", '""', f"{NS}#FindUser"],
)
def test_fact_14_the_body_names_the_operation(client, action):
    reply = client.ask(SOAP, "POST", enclosed('<a:Version xmlns:a="x"/>'), action)
    assert answer_of(reply).tag == f"{{{NS}}}VersionResponse"


@pytest.mark.parametrize("where", ["Envelope", "Body", "Version"])
def test_fact_14_encoding_style_anywhere_and_no_declaration(client, where):
    body = enclosed("<p:Version xmlns:p='x'></p:Version>")
    style = ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    position = body.index(where) + len(where)
    sent = body[:position] + style + body[position:]
    assert post(client, sent)[0].tag == "WSDLVersion"


@pytest.mark.parametrize(
    "operation", ["<inno:Version/>", "<Version/>", '<Version xmlns=""/>', "<ns1:Version/>"]
)
def test_fact_15_undeclared_prefix_or_no_namespace(client, operation):
    assert post(client, enclosed(operation))[0].tag == "WSDLVersion"


@pytest.mark.parametrize("absent", ['<cn xsi:nil="true"/>', "<cn/>", "<cn></cn>", ""])
def test_fact_16_nil_empty_and_missing_mean_absent(client, absent):
    found = page(client, f"{absent}<h323>m.mueller</h323><count>1</count><next>0</next>")
    assert [item.findtext("cn") for item in found] == ["Müller, Monika"]


@pytest.mark.parametrize(("value", "first"), [("0", True), ("1", False), ("true", False)])
def test_fact_16_next_is_a_number_or_a_boolean(client, value, first):
    found = page(client, f"<cn>Müller, Monika</cn><count>1</count><next>{value}</next>")
    assert ([item.findtext("h323") for item in found] == ["m.mueller"]) is first


def test_fact_16_references_and_a_tenth_argument_by_position(client):
    body = enclosed(
        '<p:FindUser xmlns:p="x"><cn href="#id0"/><count href="#id1"/><param9>1</param9>'
        "</p:FindUser><multiRef id='id0'>Trunk Telefonie</multiRef><multiRef id='id1'>1</multiRef>"
    )
    found = post(client, body, f"{NS}#FindUser").find("return")
    assert [item.findtext("cn") for item in found] == ["Trunk Telefonie"]


def test_fact_16_an_end_without_session_is_answered(client):
    reply = client.soap("End", '<session xsi:nil="true"/>', f"{NS}#End")
    assert not list(answer_of(reply))


def test_fact_17_the_inner_xml_may_be_a_whole_document(client):
    text = '<?xml version="1.0"?>\n<show><user cn="S&#xFC;&#223;, Carolin"/></show>\n'
    inner = answer_of(client.admin(text)).findtext("return")
    assert ET.fromstring(inner)[0].get("cn") == "Süß, Carolin"  # noqa: S314


def test_fact_18_content_type_namespace_and_first_part(client):
    for action, first in ((f"{NS}#Version", "WSDLVersion"), (V11 + "Version", None)):
        reply = client.soap("Version", "", action)
        assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert f'<ns:VersionResponse xmlns:ns="{NS}">' in reply.text
        part = answer_of(reply)[0]
        assert part.tag == (first or f"{{{NS}}}VersionResult")
        assert int(part.text)


def test_fact_19_rpc_children_are_unqualified_and_typed(client):
    found = page(client, "<h323>m.mueller</h323><count>1</count>")
    assert (found.get(XSI), found.get(ARRAY)) == ("ns:UserInfoArray", "ns:UserInfo[1]")
    assert [(item.tag, item.get(XSI)) for item in found] == [("item", "ns:UserInfo")]
    (group,) = found[0].find("groups")
    assert (group.tag, group.get(XSI)) == ("item", "ns:Group")
    status = found[0].find("presence/status")
    assert (status.text, status.attrib) == ("open", {})


def test_fact_19_poll_names_items_after_the_field_in_a_wrapper(client):
    session = answer_of(client.soap("Initialize", "", f"{NS}#Initialize")).findtext("return")
    reply = client.soap("Poll", f"<session>{session}</session>", f"{NS}#Poll")
    users = answer_of(reply).find("return/user")
    assert users.get(ARRAY) == f"ns:UserInfo[{len(users)}]"
    assert {user.tag for user in users} == {"user"}
    groups = next(user.find("groups") for user in users if len(user.find("groups")))
    assert {group.tag for group in groups} == {"groups"}


QUALIFIED = f'<{{}} xmlns="{NS}"/>'


@pytest.mark.parametrize(
    ("action", "body", "first"),
    [
        (f"{NS}/{NS}/Version", "<p:Version xmlns:p='x'/>", "VersionResult"),
        (f'"{NS}/{NS}/Version"', QUALIFIED.format("Version"), "VersionResult"),
        (f"{NS}/Version", QUALIFIED.format("Version"), "VersionResult"),
        ("", QUALIFIED.format("Version"), "VersionResult"),
        (f"{NS}#Version", QUALIFIED.format("Version"), "WSDLVersion"),
        (f"{NS}/FindUser", "<p:Version xmlns:p='x'/>", "WSDLVersion"),
        ("", "<p:Version xmlns:p='x'/>", "WSDLVersion"),
    ],
)
def test_the_style_is_told_by_operation_and_namespace(client, action, body, first):
    assert post(client, enclosed(body), action)[0].tag.rpartition("}")[2] == first


def test_fact_20_document_children_are_qualified_and_have_no_wrapper(client):
    ns = {"n": NS}
    for declared in (f'<q:Initialize xmlns:q="{NS}"/>', f'<Initialize xmlns="{NS}"/>'):
        began = post(client, enclosed(declared), V11 + "Initialize")
        session = began.findtext("n:return", namespaces=ns)
        body = enclosed(f'<Poll xmlns="{NS}"><session>{session}</session></Poll>')
        # Without an action the qualified argument tells the style.
        for action in (V11 + "Poll", ""):
            polled = post(client, body, action)
            assert polled.find("n:return", ns) is not None
        assert XSI not in {name for node in began.iter() for name in node.attrib}
    found = post(
        client,
        enclosed(f'<FindUser xmlns="{NS}"><h323>m.mueller</h323><count>1</count></FindUser>'),
        V11 + "FindUser",
    )
    (user,) = found.find("n:return", ns)
    assert user.tag == f"{{{NS}}}user"
    assert user.findtext("n:groups/n:group", namespaces=ns) == "Vertrieb"


def test_fact_21_the_order_follows_the_description_that_is_served(client):
    served = ET.fromstring(client.send("GET", "/pbx10_00.wsdl").body)  # noqa: S314
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    kind = next(t for t in served.iter(f"{xsd}complexType") if t.get("name") == "UserInfo")
    order = [element.get("name") for element in kind.iter(f"{xsd}element")]
    assert order[0] == "active"
    (user,) = page(client, "<h323>m.mueller</h323><count>1</count>")
    sent = [field.tag for field in user]
    assert sent == [name for name in order if name in sent]
    message = next(m for m in served if m.get("name") == "FindUserRequest")
    assert message[-1].get("name") == "nohide"


def test_fact_22_an_empty_page_is_an_empty_array(client):
    found = page(client, "<cn>日</cn><count>50</count>")
    assert (len(found), found.get(ARRAY)) == (0, "ns:UserInfo[0]")


def test_fact_22_booleans_are_true_or_1(client):
    for yes in ("true", "1"):
        found = page(client, f"<cn>Trunk Telefonie</cn><count>1</count><nohide>{yes}</nohide>")
        assert found[0].findtext("cn") == "Trunk Telefonie"


def test_fact_23_a_session_from_initialize_to_end(client):
    began = answer_of(client.soap("Initialize", "<user>m.mueller</user><appl>test</appl>"))
    session, key = (int(began.findtext(name)) for name in ("return", "key"))
    assert session
    assert key
    argument = f"<session>{session}</session>"
    echo = answer_of(client.soap("Echo", f"{argument}<key>{key}</key>"))
    assert int(echo.findtext("return"))
    names = []
    while len(users := answer_of(client.soap("Poll", argument)).find("return/user")):
        names += [user.findtext("cn") for user in users]
    assert names[-1] == ""
    assert "Müller, Monika" in names
    handle = client.soap("UserInitialize", f"{argument}<user>Müller, Monika</user>")
    assert int(answer_of(handle).findtext("return"))
    nobody = client.soap("UserInitialize", f"{argument}<user>Nobody</user>")
    assert answer_of(nobody).findtext("return") == "0"
    assert not list(answer_of(client.soap("UserEnd", "<user>1</user>")))
    client.soap("End", argument)
    assert answer_of(client.soap("Echo", argument)).findtext("return") == "0"
