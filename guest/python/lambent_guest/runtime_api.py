# The Runtime API over one keep-alive socket, by hand: http.client would cost more than most functions do.
# An answer and the request for the next event go out together: one write, one wake-up.

import _socket  # the C half: importing `socket` takes longer than everything here
import json
import re
import sys

_BASE = "/2018-06-01/runtime"
_READ_BYTES = 65536
_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Za-z]+\Z")


class ConnectionLost(Exception):
    pass


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._peer = (host, int(port))
        self._host = address
        self._next = ("GET %s/invocation/next HTTP/1.1\r\nhost: %s\r\n\r\n" % (_BASE, address)).encode()
        self._rest = b""
        self._answered = False
        self._connect()

    def next(self):
        """(headers, body) of the next event: header names in lower case, the body as bytes."""
        self._send(self._next)
        return self._event()

    def respond_and_next(self, request_id, body, content_type):
        headers = "content-type: %s\r\n" % content_type
        self._send(self._post("/invocation/%s/response" % request_id, body, headers) + self._next)
        return self._acknowledged_event()

    def fail_and_next(self, request_id, error):
        self._send(self._failure("/invocation/%s/error" % request_id, error) + self._next)
        return self._acknowledged_event()

    def fail_init(self, error):
        self._send(self._failure("/init/error", error))
        self._answer()

    def _connect(self):
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self._socket.connect(self._peer)
        self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)

    def _send(self, request):
        try:
            self._socket.sendall(request)
        except ConnectionError:
            pass  # refused before it was read: what was answered, or the end, is found by reading

    def _failure(self, path, error):
        kind = error["errorType"] if _ERROR_TYPE.match(error["errorType"]) else "Unhandled"
        headers = "content-type: application/json\r\nlambda-runtime-function-error-type: %s\r\n" % kind
        return self._post(path, json.dumps(error).encode(), headers)

    def _post(self, path, body, headers):
        head = "POST %s%s HTTP/1.1\r\nhost: %s\r\n%scontent-length: %d\r\n\r\n" % (_BASE, path, self._host, headers, len(body))
        return head.encode() + body

    def _acknowledged_event(self):
        try:
            self._answer()
        except ConnectionLost:
            return self._ask_again()
        return self._event()

    def _event(self):
        try:
            return self._answer()
        except ConnectionLost:
            return self._ask_again()

    def _ask_again(self):
        """The platform may close a connection after it refused an answer; if it never answered at all, it has gone."""
        if not self._answered:
            sys.exit(1)
        self._answered = False
        self._rest = b""
        self._socket.close()
        self._connect()
        return self.next()

    def _answer(self):
        while b"\r\n\r\n" not in self._rest:
            self._read()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        headers = {}
        for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._exactly(int(headers.get("content-length", 0)))
        self._answered = True
        return headers, body

    def _read(self):
        try:
            part = self._socket.recv(_READ_BYTES)
        except ConnectionError:
            part = b""
        if not part:
            raise ConnectionLost()
        self._rest += part

    def _exactly(self, length):
        if len(self._rest) < length:
            self._fill(length)
        body, self._rest = self._rest[:length], self._rest[length:]
        return body

    def _fill(self, length):
        parts = [self._rest]
        missing = length - len(self._rest)
        while missing > 0:
            self._rest = b""
            self._read()
            parts.append(self._rest)
            missing -= len(self._rest)
        self._rest = b"".join(parts)

    def _chunks(self):
        parts = []
        while True:
            while b"\r\n" not in self._rest:
                self._read()
            size, _, self._rest = self._rest.partition(b"\r\n")
            parts.append(self._exactly(int(size, 16)))
            self._exactly(2)
            if not parts[-1]:
                return b"".join(parts)
