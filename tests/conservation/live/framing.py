"""How a proxy sends an answer: whole, cut off, without a length, packed, or not at all."""

from __future__ import annotations

import gzip
from typing import Final

from tests.conservation.live.proxy import Sent, raw_answer

CLOSE: Final = ("Connection", "close")
CHUNKED: Final = ("Transfer-Encoding", "chunked")


def _stated(answer, body):
    return Sent(raw_answer(200, answer.headers, body), keeps=True)


def _old_length(answer, body):
    return Sent(raw_answer(200, (*answer.headers, CLOSE), body, length=len(answer.body)))


def _too_long(answer, body):
    return Sent(raw_answer(200, (*answer.headers, CLOSE), body, length=len(body) + 1))


def _too_short(answer, body):
    return Sent(raw_answer(200, (*answer.headers, CLOSE), body, length=len(body) // 2))


def _chunks(answer, body, end):
    head = raw_answer(200, (*answer.headers, CHUNKED), b"", length=-1)
    size = max(1, len(body) // 3)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return head + b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + end


def _chunked(answer, body):
    return Sent(_chunks(answer, body, b"0\r\n\r\n"), keeps=True)


def _chunks_without_end(answer, body):
    return Sent(_chunks(answer, body, b""))


def _closed_old(answer, body):
    return Sent(raw_answer(200, answer.headers, body, version="1.0", length=-1))


def _closed(answer, body):
    return Sent(raw_answer(200, (*answer.headers, CLOSE), body, length=-1))


def _packed(answer, body):
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return Sent(raw_answer(200, headers, gzip.compress(body)), keeps=True)


def _packed_and_cut(answer, body):
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return Sent(raw_answer(200, headers, gzip.compress(body)[:-9]), keeps=True)


def _nothing(_answer, _body):
    return Sent(b"")


def _half_a_head(answer, body):
    raw = raw_answer(200, answer.headers, body)
    return Sent(raw[: raw.index(b"\r\n\r\n") // 2])


def _head_alone(answer, body):
    raw = raw_answer(200, answer.headers, body)
    return Sent(raw[: raw.index(b"\r\n\r\n") + 4])


def _reset(answer, body):
    return Sent(raw_answer(200, answer.headers, body)[:-1], resets=True)


def _status(number):
    return lambda answer, _body: Sent(raw_answer(number, answer.headers, b""), keeps=True)


# The body arrives as it is meant to, and says where it ends.
WHOLE = {"length": _stated, "chunked": _chunked, "packed": _packed}
# The body arrives, but nothing says where it ends.
UNDELIMITED = {"closed by HTTP 1.0": _closed_old, "closed by HTTP 1.1": _closed}
# The body does not arrive as it is announced.
BROKEN = {
    "old length": _old_length,
    "longer length": _too_long,
    "shorter length": _too_short,
    "chunks without end": _chunks_without_end,
    "packed and cut": _packed_and_cut,
    "nothing": _nothing,
    "half a head": _half_a_head,
    "head alone": _head_alone,
    "reset": _reset,
    **{str(number): _status(number) for number in (401, 403, 404, 500, 503)},
}
FRAMINGS = {**WHOLE, **UNDELIMITED, **BROKEN}
