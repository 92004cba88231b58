# What happens to one event: the handler is called, its outcome posted, the next event awaited.

import json
import os

from . import logs
from .context import LambdaContext
from .errors import Fault, describe_exception, describe_fault


def serve(api, handler):
    """Serves events until the process ends. SystemExit and its like are not caught: they end it, as on AWS."""
    encode = _encoder(os.environ.get("AWS_EXECUTION_ENV", ""))
    headers, body = api.next()
    while True:
        request_id = headers["lambda-runtime-aws-request-id"]
        logs.begin_invocation(request_id, headers.get("lambda-runtime-aws-tenant-id"))
        _set_trace_id(headers.get("lambda-runtime-trace-id"))
        try:
            answer, content_type = _call(handler, encode, headers, body)
        except Fault as fault:
            headers, body = _fail(api, request_id, describe_fault(fault, request_id))
        except Exception as exception:
            headers, body = _fail(api, request_id, describe_exception(exception, request_id))
        else:
            logs.flush()
            headers, body = api.respond_and_next(request_id, answer, content_type)


def _call(handler, encode, headers, body):
    context = LambdaContext(headers)
    result = handler(_event(headers, body), context)
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return encode(result).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("MarshalError", "Unable to marshal response: %s" % error)


def _event(headers, body):
    if headers.get("content-type", "application/json") != "application/json":
        return body
    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error)


def _fail(api, request_id, error):
    logs.error(error)
    return api.fail_and_next(request_id, error)


def _set_trace_id(header):
    if header is None:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    else:
        os.environ["_X_AMZN_TRACE_ID"] = header


def _encoder(execution_environment):
    """From python3.12 on AWS leaves characters as they are, before it escapes all but ASCII."""
    minor = execution_environment.rpartition("python3.")[2]
    escapes = minor.isdigit() and int(minor) < 12
    return json.JSONEncoder(ensure_ascii=escapes, default=_decimal).encode


def _decimal(value):
    # AWS: digits of a Decimal beyond those of a float are lost; a named tuple is an array, not an object.
    if type(value).__module__ in ("decimal", "_decimal") and type(value).__name__ == "Decimal":
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
