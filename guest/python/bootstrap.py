# The Python runtime inside a sandbox: loads the function, then takes events from the Runtime API one by one. Runs on Python 3.9 and newer.
#
#   python bootstrap.py             variables are in the environment already
#   python -I bootstrap.py --early  started before the function is known; one line {"variables", "cwd"} on fd 0 tells it

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_here] + [entry for entry in sys.path if entry not in ("", _here)]
_writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True  # nothing of ours is written, wherever it stands

from lambent_guest import early, invocation, logs  # noqa: E402
from lambent_guest.errors import Fault, describe_exception, describe_fault  # noqa: E402
from lambent_guest.handler import load_handler, search_path  # noqa: E402
from lambent_guest.runtime_api import RuntimeApi  # noqa: E402

sys.path.remove(_here)  # what a function imports is its own business
sys.dont_write_bytecode = not _writes_bytecode


def main():
    started_early = sys.argv[1:2] == ["--early"]
    if started_early:
        early.begin()
    sys.path[:] = search_path(os.environ, sys.path, version="%d.%d" % sys.version_info[:2])
    logs.configure(os.environ)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Fault as fault:
        give_up(api, describe_fault(fault, ""))
    except Exception as exception:
        give_up(api, describe_exception(exception, ""))
    invocation.serve(api, handler)


def give_up(api, error):
    logs.error(error)
    api.fail_init(error)
    sys.exit(1)


main()
