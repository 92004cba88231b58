# Errors as AWS's Python runtime names and renders them.


class Fault(Exception):
    """An error of the runtime: `kind` is the errorType that callers see."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace or []


def describe_fault(fault, request_id):
    return _error(fault.message, fault.kind, request_id, fault.trace)


def describe_exception(exception, request_id):
    return _error(str(exception), type(exception).__name__, request_id, trace_of(exception))


def trace_of(exception):
    """Lines of the traceback, from the first frame that is the function's own."""
    import traceback  # not needed until something fails

    frames = traceback.extract_tb(exception.__traceback__)
    first = next((at for at, frame in enumerate(frames) if not _is_ours(frame.filename)), 0)
    return traceback.format_list([(frame.filename, frame.lineno, frame.name, frame.line) for frame in frames[first:]])


def _is_ours(filename):
    return "/lambent_guest/" in filename or filename.endswith("/bootstrap.py") or filename.startswith("<frozen importlib")


def _error(message, kind, request_id, trace):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}
