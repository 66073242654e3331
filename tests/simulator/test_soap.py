from __future__ import annotations

import http.client
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ARRAY_TYPE = "{http://schemas.xmlsoap.org/soap/encoding/}arrayType"
SOAP = "/PBX0/user.soap"


def answer_of(reply):
    assert reply.status == 200
    body = ET.fromstring(reply.body)[0]  # noqa: S314
    return body[0]


def find_users(client, **arguments):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in arguments.items())
    return answer_of(client.soap("FindUser", inner)).find("return")


def admin(client, command):
    reply = client.soap("Admin", f"<xml>{escape(command)}</xml>")
    return ET.fromstring(answer_of(reply).findtext("return"))  # noqa: S314


def names(page):
    return [item.findtext("cn") for item in page]


def test_version_names_the_box(client):
    version = answer_of(client.soap("Version"))
    assert version.tag == "{http://innovaphone.com/pbx}VersionResponse"
    assert version[0].tag == "WSDLVersion"
    assert int(version[0].text)
    assert version.findtext("SerialNumber") == "00-90-33-41-a5-5b"
    assert version.findtext("FirmwareVersion").startswith("13r3 ")


def test_users_come_in_pages_sorted_by_name(client, pbx):
    seen = []
    last = {"cn": "", "next": "0"}
    while page := names(find_users(client, **last, count=7, nohide="true")):
        assert len(page) <= 7
        seen += page
        last = {"cn": escape(page[-1]), "next": "1"}
    assert seen == sorted(seen, key=str.casefold)
    assert sorted(seen) == sorted([*(one.cn for one in pbx.objects), "_ADMIN_"])


def test_items_have_the_shape_of_the_description(client):
    page = find_users(client, h323="m.mueller", count=1)
    assert page.get(ARRAY_TYPE) == "ns:UserInfo[1]"
    (item,) = page
    assert (item.tag, item.get(XSI_TYPE)) == ("item", "ns:UserInfo")
    fields = (
        "active cn dn type e164 h323 state channel alert guid groups loc node object nodenum cfg "
        "presence domain h323email email"
    )
    assert [field.tag for field in item] == fields.split()
    assert item.findtext("cn") == "Müller, Monika"
    assert item.findtext("groups/item/group") == "Vertrieb"


def test_hidden_objects_need_nohide(client):
    visible = names(find_users(client, count=50))
    everything = names(find_users(client, count=50, nohide="true"))
    assert "Trunk Telefonie" not in visible
    assert "Trunk Telefonie" in everything
    assert names(find_users(client, count=50, param9="1")) == everything


@pytest.mark.parametrize("count", [51, 1000, -1])
def test_a_page_that_is_too_large_drops_the_connection(client, count):
    client.challenge()
    with pytest.raises(http.client.RemoteDisconnected):
        find_users(client, count=count)


def test_a_dropped_connection_does_not_stop_the_server(server, client, connect):
    client.challenge()
    with pytest.raises(http.client.RemoteDisconnected):
        find_users(client, count=51)
    assert connect(server).soap("Version").status == 200


@pytest.mark.parametrize("value", ["true", "false", ""])
def test_show_with_config_is_as_configured(client, value):
    (user,) = admin(client, f'<show><user cn="Hot Desk Base" config="{value}"/></show>')
    assert user.get("config") == "Hot Desk Base Template"
    assert user.get("filter") is None


def test_show_without_config_has_the_templates_applied(client):
    (user,) = admin(client, '<show><user cn="Hot Desk Base"/></show>')
    assert user.get("filter") == "intern"
    assert user.get("apps") == "phone,users"


def test_templates_may_nest(client):
    (template,) = admin(client, '<show><user cn="Hot Desk Base Template" config="1"/></show>')
    assert template.find("pseudo/sim-parent").get("cn") == "Config User"
    (user,) = admin(client, '<show><user cn="Temp"/></show>')
    assert (user.get("filter"), user.get("uclic")) == ("intern", "true")


def test_passwords_are_masked_beside_their_encrypted_form(client, pbx):
    base = next(one for one in pbx.objects if one.cn == "Hot Desk Base")
    (user,) = admin(client, '<show><user cn="Hot Desk Base"/></show>')
    assert (user.get("pwd"), user.get("pwdx")) == ("********", base.password.hex())
    (user,) = admin(client, '<show><user cn="Zöller, Beate"/></show>')
    assert (user.get("pwd"), user.get("pwdx")) == (None, None)


def test_the_admin_object_shows_password_and_key(client, pbx):
    (user,) = admin(client, '<show><user cn="_ADMIN_" config="true"/></show>')
    assert (user.get("pwd"), user.get("key")) == (pbx.admin.password.hex(), pbx.admin_key.hex())
    assert user.find("filter[@name='intern']") is not None


@pytest.mark.parametrize("command", ['<show><user cn="Nobody"/></show>', "<show/>"])
def test_an_unknown_user_is_answered_without_a_user(client, command):
    assert not list(admin(client, command))


def test_the_inner_xml_may_be_a_document_with_character_references(client):
    command = '<?xml version="1.0"?>\n<show><user cn="M&#xFC;ller, Monika" config="true"/></show>\n'
    assert admin(client, command)[0].get("h323") == "m.mueller"


@pytest.mark.parametrize(
    "command",
    ['<modify><user cn="Temp"/></modify>', "<add/>", "<add-attrib/>", "<del-attrib/>", "<del/>"],
)
def test_commands_that_write_are_refused_and_counted(server, client, command):
    assert client.soap("Admin", f"<xml>{escape(command)}</xml>").status == 403
    assert server.writes == 1


@pytest.mark.parametrize(
    "body",
    [
        "<E:Envelope><E:Body><inno:Version/></E:Body></E:Envelope>",
        '<Envelope xmlns="http://example.com/e"><Body><Version xmlns=""/></Body></Envelope>',
        '<?xml version="1.0"?>\n<s:Envelope><s:Body><ns1:Version/></s:Body></s:Envelope>\n',
    ],
)
def test_undeclared_and_missing_namespaces_are_accepted(client, body):
    assert client.ask(SOAP, "POST", body).status == 200


def test_arguments_may_be_nil_or_references(client):
    body = (
        "<e:Envelope><e:Body><p:FindUser><cn xsi:nil='true'>x</cn><h323 href='#id0'/>"
        "<count>1</count></p:FindUser><multiRef id='id0'>m.mueller</multiRef>"
        "</e:Body></e:Envelope>"
    )
    page = answer_of(client.ask(SOAP, "POST", body)).find("return")
    assert names(page) == ["Müller, Monika"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<Envelope/>",
        "<Envelope><Body/></Envelope>",
        "<Envelope><Body><UserCall/></Body></Envelope>",
        "<Envelope><Body><FindUser><count>x</count></FindUser></Body></Envelope>",
        "<Envelope><Body><Admin><xml>&lt;show</xml></Admin></Body></Envelope>",
        '<!DOCTYPE x [<!ENTITY a "b">]><Envelope><Body><Version/></Body></Envelope>',
        "<a>" * 60 + "</a>" * 60,
    ],
)
def test_what_is_no_known_request_is_a_fault(server, client, body):
    reply = client.ask(SOAP, "POST", body)
    assert reply.status == 500
    assert ET.fromstring(reply.body)[0][0].findtext("faultcode") == "SOAP-ENV:Client"  # noqa: S314
    assert server.writes == 0
