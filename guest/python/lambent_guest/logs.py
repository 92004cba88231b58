# Where print and logging go, and in which form: text with level, time and request id, or one JSON object a line.
# A logged message of several lines is one log event: RS at the end of a line says that it goes on (src/invoke/line-splitter.ts). What is printed
# is an event for each line, as on AWS.

import json
import logging
import sys
import time

from .errors import trace_of

_NO_BREAK_SPACE = "\u00a0"  # AWS indents traces with it
_GOES_ON = "\x1e\n"
_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S"
# What every record has; anything else was given by `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id", "tenant_id", "taskName"}

_now = {"request_id": "", "tenant_id": None, "json": False}


def configure(variables):
    """Before the function is loaded: its loggers find a handler at the root, and print is written line by line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", line_buffering=True)
    _now["json"] = variables.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    logging.Formatter.converter = time.gmtime
    handler = _StandardOutput()
    handler.setFormatter(_JsonFormatter() if _now["json"] else logging.Formatter(_TEXT, _TIME))
    handler.addFilter(_add_request)
    root = logging.getLogger()
    root.addHandler(handler)
    level = variables.get("AWS_LAMBDA_LOG_LEVEL", "").upper().replace("TRACE", "DEBUG")
    if level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        root.setLevel(level)


def begin_invocation(request_id, tenant_id):
    _now["request_id"] = request_id
    _now["tenant_id"] = tenant_id


def flush():
    """What was printed without a line end belongs to the invocation that printed it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:
            pass  # the function closed it


def error(described):
    if _now["json"]:
        _write(json.dumps({"timestamp": time.strftime(_TIME + "Z", time.gmtime()), "level": "ERROR", **described}, ensure_ascii=False))
    else:
        _write("\n".join(_error_lines(described)))
    flush()


def _write(message):
    """Looks sys.stdout up every time: functions may replace it, and what they read then has no mark."""
    if sys.stdout is sys.__stdout__:
        message = message.replace("\n", _GOES_ON)
    sys.stdout.write(message + "\n")


def _error_lines(described):
    message = ": " + described["errorMessage"] if described["errorMessage"] else ""
    yield "[ERROR] " + described["errorType"] + message
    yield "Traceback (most recent call last):"
    for entry in described["stackTrace"]:
        for line in entry.splitlines() or [""]:
            text = line.lstrip(" ")
            yield _NO_BREAK_SPACE * (len(line) - len(text)) + text


def _add_request(record):
    record.aws_request_id = _now["request_id"]
    record.tenant_id = _now["tenant_id"]
    return True


class _StandardOutput(logging.Handler):
    def emit(self, record):
        try:
            _write(self.format(record))
            sys.stdout.flush()
        except Exception:
            self.handleError(record)


class _JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "timestamp": "%s.%03dZ" % (time.strftime(_TIME, time.gmtime(record.created)), record.msecs),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            kind, exception = record.exc_info[:2]
            line.update(stackTrace=trace_of(exception), errorType=kind.__name__, errorMessage=str(exception))
            line["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        line["requestId"] = record.aws_request_id
        if record.tenant_id is not None:
            line["tenantId"] = record.tenant_id
        line.update((name, value) for name, value in vars(record).items() if name not in _STANDARD and name not in line)
        return json.dumps(line, ensure_ascii=False, default=str)
