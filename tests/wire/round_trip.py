"""Sends synthesised inputs through boto3's own client and prints what came back, one JSON line per operation.

usage: round_trip.py < {"run": {"service": name, "protocol": name or null, "endpoint": url, "inputs": {"operation": input, ...}}, ...}
A protocol is spoken instead of the one that the client would choose among those of its model.
Bytes travel as {"$bytes": base64}, times as {"$ms": milliseconds since 1970}.
"""

import base64
import datetime
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import botocore.session
from botocore.config import Config
from botocore.response import StreamingBody


def decode(value):
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        if "$ms" in value:
            return datetime.datetime.fromtimestamp(value["$ms"] / 1000, datetime.timezone.utc)
        return {key: decode(inner) for key, inner in value.items()}
    return [decode(inner) for inner in value] if isinstance(value, list) else value


def encode(value):
    if isinstance(value, StreamingBody):
        return encode(value.read())
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$ms": round(value.timestamp() * 1000)}
    if isinstance(value, dict):
        return {key: encode(inner) for key, inner in value.items()}
    if isinstance(value, (str, int, float, type(None))):
        return value
    return [encode(inner) for inner in value]


def client_of(service, protocol, endpoint):
    session = botocore.session.get_session()
    if protocol:
        metadata = session.get_component("data_loader").load_service_model(service, "service-2")["metadata"]
        metadata.update(protocol=protocol, protocols=[protocol])
    config = Config(
        retries={"total_max_attempts": 1},
        inject_host_prefix=False,
        max_pool_connections=8,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"},
    )
    return session.create_client(service, "eu-west-1", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test", config=config)


def send(job):
    run, client, name, params = job
    try:
        output = client._make_api_call(name, decode(params))
        output.pop("ResponseMetadata", None)
        return {"run": run, "operation": name, "output": encode(output)}
    except Exception as error:
        return {"run": run, "operation": name, "error": f"{type(error).__name__}: {error}"[:500]}


def main():
    with ThreadPoolExecutor(4) as pool:
        for run, work in json.load(sys.stdin).items():
            client = client_of(work["service"], work["protocol"], work["endpoint"])
            for answer in pool.map(send, [(run, client, name, params) for name, params in work["inputs"].items()]):
                print(json.dumps(answer))


main()
