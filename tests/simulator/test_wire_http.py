"""Wire facts 1 to 6 and 13: how existing clients log in and read."""

from __future__ import annotations

import base64
import re
import socket

import pytest

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
BOX = "/CMD0/box_info.xml"


def raw(server, text):
    """Send bytes as they are; return everything until the end of the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(text.encode())
        received = b""
        while block := connection.recv(65536):
            received += block
    return received


def basic(server, role="viewer"):
    account = next(one for one in server.pbx.accounts if one.role == role)
    return "Basic " + base64.b64encode(f"{account.username}:{account.password}".encode()).decode()


def test_fact_01_a_challenge_per_scheme_in_its_own_header_digest_first(serve, connect):
    server = serve(digest=("MD5", "SHA-256"), basic=True)
    challenges = connect(server).send("GET", "/cfg.txt").headers.get_all("WWW-Authenticate")
    assert [one.split(" ")[0] for one in challenges] == ["Digest", "Digest", "Basic"]
    assert "algorithm=MD5" in challenges[0]
    assert "algorithm=SHA-256" in challenges[1]


def test_fact_01_qop_and_algorithm_may_be_absent(serve, connect, digest_header):
    server = serve(offer_qop=False, name_algorithm=False)
    client = connect(server)
    challenge = client.challenge()
    assert "qop" not in challenge
    assert "algorithm" not in challenge
    login = digest_header(client.digest("GET", "/cfg.txt"))
    assert client.send("GET", "/cfg.txt", login=login).status == 200


def test_fact_01_a_nonce_lasts_for_a_rising_count_and_several_connections(server, connect):
    first, second = connect(server), connect(server)
    assert {first.ask(SHOW).status for _ in range(5)} == {200}
    second.realm, second.nonce, second.count = first.realm, first.nonce, first.count
    assert {second.ask(SHOW).status for _ in range(5)} == {200}


def test_fact_02_quoted_and_bare_fields_in_any_order(client):
    client.challenge()
    fields = client.digest_qop("GET", "/cfg.txt") | {"algorithm": "MD5"}
    for bare in ({"qop", "nc"}, {"nc"}, {"algorithm", "nc", "qop"}):
        words = [f"{k}={v}" if k in bare else f'{k}="{v}"' for k, v in reversed(fields.items())]
        reply = client.send("GET", "/cfg.txt", login=f"Digest {', '.join(words)}")
        assert reply.status == 200


def test_fact_02_basic_sent_first_is_answered_with_the_challenge(server, client):
    reply = client.send("GET", "/cfg.txt", login=basic(server))
    assert (reply.status, reply.reason) == (401, "Unauthorized")
    assert reply.headers["WWW-Authenticate"].startswith("Digest ")


def test_fact_02_basic_is_accepted_where_it_is_allowed(serve, connect):
    server = serve(basic=True)
    client = connect(server)
    assert client.send("GET", "/cfg.txt", login=basic(server)).status == 200
    wrong = "Basic " + base64.b64encode(b"viewer:wrong").decode()
    assert client.send("GET", "/cfg.txt", login=wrong).status == 401
    assert client.send("GET", "/cfg.txt", login="Basic ???").status == 401


def test_fact_03_the_status_line_answers_in_the_version_of_the_request(server):
    line = "HTTP/1.0 401 Unauthorized"
    assert raw(server, "GET /cfg.txt HTTP/1.0\r\n\r\n").decode().split("\r\n")[0] == line
    post = "POST /PBX0/user.soap HTTP/1.0\r\nContent-Length: 4\r\n\r\n<a/>"
    assert raw(server, post).decode().split("\r\n")[0] == line


def test_fact_03_a_box_may_speak_http_1_0_only(serve):
    server = serve(old_http=True)
    answer = raw(server, f"GET {BOX} HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Connection: close\r\n" in answer


def test_fact_03_no_chunks_to_http_1_0(serve):
    server = serve(framing="chunked")
    answer = raw(server, f"GET {BOX} HTTP/1.0\r\n\r\n")
    assert b"chunked" not in answer
    assert answer.rstrip().endswith(b"</info>")


def test_fact_04_expect_100_continue(server):
    body = "<e><Body><Version/></Body></e>"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        stream = connection.makefile("rb")
        head = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(f"POST /PBX0/user.soap HTTP/1.1\r\n{head}".encode())
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        connection.sendall(body.encode())
        assert stream.readline() == b"HTTP/1.1 401 Unauthorized\r\n"
        stream.close()


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_fact_04_answers_end_by_length_chunk_or_close(serve, connect, framing):
    server = serve(framing=framing)
    client = connect(server)
    reply = client.ask("/cfg.txt")
    assert reply.text.startswith("vars check ")
    assert reply.text.endswith("\r\n")
    assert ("Content-Length" in reply.headers) == (framing == "length")
    assert (reply.headers["Transfer-Encoding"] == "chunked") == (framing == "chunked")


def test_fact_05_box_info_without_login(client):
    reply = client.send("GET", BOX)
    assert reply.status == 200
    version = re.search(r'<info><sys [^>]*?version="([^"]*)"', reply.text)[1]
    assert re.fullmatch(r"[^\[]+\[[^]]+\][^\[]*\[[^]]+\][^\[]*\[[^]]+\][^\[]*", version)
    assert client.ask("/cfg.txt").text.split("\r\n")[1].startswith(f"# {version}")


def test_fact_06_an_unknown_module_is_a_question_mark(client):
    for path in ("/PRI9/mod_cmd.xml", "/NOPE/mod_cmd.xml?cmd=xml-info", "/LOG0/CNT/mod_cmd.xml"):
        reply = client.ask(path)
        assert (reply.status, reply.body) == (200, b"?\r\n")


def test_fact_13_the_configuration_names_the_device(client):
    lines = client.ask("/cfg.txt").text.split("\r\n")
    assert [line for line in lines if line.startswith("config change CMD0 /name ")] == [
        "config change CMD0 /name PBX%20K%C3%B6ln"
    ]


def test_fact_13_two_downloads_differ_in_four_kinds_of_lines_only(client):
    noise = re.compile(
        r"mod cmd FLASHDIR0 add-item .*\)\(type=.*\(info=.*|vars create UPDATE/.*"
        r"|config change UP1 /.*|vars create TLS0/TICKET/.*"
    )
    first, second = (client.ask("/cfg.txt").text.split("\r\n") for _ in range(2))
    changed = {line for pair in zip(first, second, strict=True) for line in set(pair)}
    quiet = {line for line in changed if not noise.fullmatch(line)}
    assert quiet <= set(first) & set(second)
    assert first != second
