# The handler's second argument.

import json
import os
import time

from .errors import Fault


class LambdaContext:
    def __init__(self, headers):
        variables = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = variables.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = variables.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = variables.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")  # text, on AWS too
        self.function_version = variables.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = _client_context(headers.get("lambda-runtime-client-context"))
        self.identity = _identity(headers.get("lambda-runtime-cognito-identity"))
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        print(message, end="")

    def __repr__(self):
        shown = ("%s=%s" % (name, value) for name, value in vars(self).items() if not name.startswith("_"))
        return "LambdaContext([%s])" % ",".join(shown)


class Fields:
    """An object with exactly these attributes; those not given are None."""

    def __init__(self, names, values):
        for name in names:
            setattr(self, name, values.get(name))

    def __repr__(self):
        return "([%s])" % ",".join("%s=%s" % each for each in vars(self).items())


_CLIENT = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


def _client_context(header):
    given = _parse(header, "Client Context")
    if given is None:
        return None
    context = Fields(("custom", "env", "client"), given)
    if context.client is not None:
        context.client = Fields(_CLIENT, context.client)
    return context


def _identity(header):
    given = _parse(header, "Cognito Identity") or {}
    names = {"cognito_identity_id": "cognitoIdentityId", "cognito_identity_pool_id": "cognitoIdentityPoolId"}
    return Fields(names, {name: given.get(key) for name, key in names.items()})


def _parse(header, what):
    if not header:
        return None
    try:
        return json.loads(header)
    except ValueError as error:
        raise Fault("LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (what, error))
