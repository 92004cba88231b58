#!/usr/bin/env python3
# A runtime that does anything at random: answers for nobody, answers halfway, answers too much, forks, exits, asks twice, says nothing.
# Seeded by its pid and the time: the test that runs it looks only at what must always hold.

import os
import random
import socket
import sys
import time

host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
random.seed(os.getpid() * 7919 + time.time_ns())
kept = []
request_id = "none"


def call(method, path, body=b"", headers={}, wait=True, cut=False):
    global request_id
    connection = socket.create_connection((host, int(port)))
    connection.settimeout(random.choice([0.01, 0.05, 0.5]))
    lines = [f"{method} /2018-06-01/runtime{path} HTTP/1.1", "host: lambda", f"content-length: {len(body) + (5 if cut else 0)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    if cut and random.random() < 0.5:
        connection.shutdown(socket.SHUT_WR)
    for line in answer(connection).split(b"\r\n") if wait else []:
        if line.lower().startswith(b"lambda-runtime-aws-request-id:"):
            request_id = line.split(b":")[1].strip().decode()
    kept.append(connection)
    if random.random() < 0.5 or len(kept) > 20:
        kept.pop().close()


def answer(connection):
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                break
            received += more
    except OSError:
        pass
    return received


def fork():
    if os.fork() == 0:
        for _ in range(20):
            try:
                step()
            except OSError:
                pass
        os._exit(0)


def step():
    whose = request_id if random.random() < 0.8 else "other"
    response, error = f"/invocation/{whose}/response", f"/invocation/{whose}/error"
    deeds = {
        lambda: call("GET", "/invocation/next"): 35,
        lambda: call("POST", response, b"x" * random.choice([0, 1, 10, 100_000])): 25,
        lambda: call("POST", error, b"{}", {"content-type": "application/vnd.aws.lambda.error.cause+json"}): 5,
        lambda: call("POST", error, b'{"errorType":"Posted"}'): 5,
        lambda: call("POST", "/init/error", b"{}"): 3,
        lambda: call("POST", response, b"half", cut=True): 7,
        lambda: call("POST", response, b"y" * 7_000_000, wait=random.random() < 0.5): 3,
        lambda: call("POST", response, b"y", {"Lambda-Runtime-Function-Response-Mode": random.choice(["streaming", "odd"])}): 3,
        lambda: print("line " * random.choice([1, 100]), flush=True): 4,
        lambda: call("GET", "/restore/next"): 2,
        lambda: time.sleep(random.random() * 0.3): 2,
        lambda: os._exit(random.choice([0, 1, 3])): 1,
        lambda: os.kill(os.getpid(), 9): 1,
        lambda: kept.clear(): 3,
        fork: 1,
    }
    random.choices(list(deeds), list(deeds.values()))[0]()


if random.random() < 0.1:
    sys.exit(1)
while True:
    try:
        step()
    except OSError:
        pass
