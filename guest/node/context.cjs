// The handler's second argument.

"use strict";

/** What is the same for every Node.js runtime; the older ones add done, succeed, fail and callbackWaitsForEmptyEventLoop. */
function contextOf(headers) {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  const { env } = process;
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, // text, on AWS too
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers["lambda-runtime-client-context"]),
    identity: parsed(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function parsed(header) {
  return header === undefined ? undefined : JSON.parse(header);
}

module.exports = { contextOf };
