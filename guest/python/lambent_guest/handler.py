# Finds the function's handler, with the errors of AWS's runtime; and the folders that its imports are looked for in.

import importlib
import sys

from .errors import Fault


def search_path(variables, present, version):
    """The function's folder, layers, PYTHONPATH, then the interpreter's own: AWS's order."""
    task = variables.get("LAMBDA_TASK_ROOT", "/var/task")
    configured = variables.get("AWS_EXECUTION_ENV", "").rpartition("python")[2] or version  # a newer interpreter may stand in for it
    wanted = [task] + ["/opt/python/lib/python%s/site-packages" % each for each in (configured, version)] + ["/opt/python"]
    wanted += [entry for entry in variables.get("PYTHONPATH", "").split(":") if entry]
    return list(dict.fromkeys(wanted + present))


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    module = _import(module_name)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def _import(name):
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % name)
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (name, error), trace)
