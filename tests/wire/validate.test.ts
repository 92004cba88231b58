// Refusals in AWS's words: each text is one that AWS was recorded to answer, or follows one that differs in the constraint alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { Validator } from "../../src/wire/validate.ts";

type Bag = Record<string, unknown>;

const models = new ServiceModels();
const validator = new Validator();

function refusal(operation: string, input: Bag): ServiceError {
  const [service, name] = operation.split(":") as [string, string];
  try {
    validator.validate(models.get(service).operation(name)!, input);
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    return error;
  }
  assert.fail("the input was accepted");
}

const role = "arn:aws:iam::000000000000:role/r";
const createFunction = (changes: Bag): Bag => ({ FunctionName: "f", Role: role, Code: {}, ...changes });
const FUNCTION_PATTERN = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`;

interface Case {
  readonly operation: string;
  readonly input: Bag;
  readonly code: string;
  /** What follows "1 validation error detected: ", or the whole text. */
  readonly text: string;
}

const ONE = "1 validation error detected: ";
const CASES: Readonly<Record<string, Case>> = {
  "memory above AWS's limit, which the model does not have": {
    operation: "lambda:CreateFunction",
    input: createFunction({ MemorySize: 10_241 }),
    code: "ValidationException",
    text: `${ONE}Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240`,
  },
  "a timeout above AWS's limit, which the model does not have": {
    operation: "lambda:UpdateFunctionConfiguration",
    input: { FunctionName: "f", Timeout: 901 },
    code: "ValidationException",
    text: `${ONE}Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900`,
  },
  "a name of 65 characters for a new function": {
    operation: "lambda:CreateFunction",
    input: createFunction({ FunctionName: "a".repeat(65) }),
    code: "InvalidParameterValueException",
    text: `${ONE}Value '${"a".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  },
  "a name that no pattern fits": {
    operation: "lambda:CreateFunction",
    input: createFunction({ FunctionName: "invalid:function:name" }),
    code: "ValidationException",
    text: `${ONE}Value 'invalid:function:name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${FUNCTION_PATTERN}`,
  },
  "a list with a value that is not in the enumeration": {
    operation: "lambda:CreateFunction",
    input: createFunction({ Architectures: ["X86_64"] }),
    code: "ValidationException",
    text: `${ONE}Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`,
  },
  "a list that is too long": {
    operation: "lambda:CreateFunction",
    input: createFunction({ Architectures: ["x86_64", "arm64"] }),
    code: "ValidationException",
    text: `${ONE}Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1`,
  },
  "a list of texts that break their pattern": {
    operation: "lambda:CreateFunction",
    input: createFunction({ VpcConfig: { SubnetIds: ["net-1"] } }),
    code: "ValidationException",
    text: `${ONE}Value '[net-1]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]`,
  },
  "a weight above 1": {
    operation: "lambda:CreateAlias",
    input: { FunctionName: "f", Name: "a", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { "2": 2 } } },
    code: "ValidationException",
    text: `${ONE}Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
  },
  "$LATEST as a further version": {
    operation: "lambda:CreateAlias",
    input: { FunctionName: "f", Name: "a", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } } },
    code: "ValidationException",
    text: `${ONE}Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`,
  },
  "an alias that is a number": {
    operation: "lambda:CreateAlias",
    input: { FunctionName: "f", Name: "2024", FunctionVersion: "1" },
    code: "ValidationException",
    text: `${ONE}Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)`,
  },
  "a missing member": {
    operation: "lambda:UntagResource",
    input: { Resource: "arn:aws:lambda:eu-west-1:000000000000:function:f" },
    code: "ValidationException",
    text: `${ONE}Value null at 'tagKeys' failed to satisfy constraint: Member must not be null`,
  },
  "a member deep in a list": {
    operation: "events:PutTargets",
    input: { Rule: "r", Targets: [{ Id: "x".repeat(65), Arn: "arn" }] },
    code: "ValidationException",
    text: `${ONE}Value '${"x".repeat(65)}' at 'targets.1.member.id' failed to satisfy constraint: Member must have length less than or equal to 64`,
  },
  "a missing member deep in a map, in a query service": {
    operation: "sns:Publish",
    input: { Message: "m", MessageAttributes: { attr1: {} } },
    code: "ValidationError",
    text: `${ONE}Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null`,
  },
  "a number in the older half of Logs": {
    operation: "logs:GetLogEvents",
    input: { logGroupName: "g", logStreamName: "s", limit: 10_001 },
    code: "InvalidParameterException",
    text: `${ONE}Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000`,
  },
  "a message without a body in SQS": {
    operation: "sqs:SendMessage",
    input: { QueueUrl: "http://127.0.0.1/1/q" },
    code: "MissingParameter",
    text: "The request must contain the parameter MessageBody.",
  },
  "two constraints of one value, the pattern first": {
    operation: "events:CreateConnection",
    input: { Name: "a b".padEnd(65, "c"), AuthorizationType: "BASIC", AuthParameters: {} },
    code: "ValidationException",
    text: String.raw`2 validation errors detected: Value '${"a b".padEnd(65, "c")}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+; Value '${"a b".padEnd(65, "c")}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64`,
  },
};

for (const [name, { operation, input, code, text }] of Object.entries(CASES)) {
  test(`${name} is refused as AWS refuses it`, () => {
    const error = refusal(operation, input);
    assert.deepEqual({ code: error.code, status: error.status, message: error.message }, { code, status: 400, message: text });
  });
}

test("an unknown runtime is refused without count and quotes", () => {
  const error = refusal("lambda:CreateFunction", createFunction({ Runtime: "PYTHON3.9" }));
  assert.equal(error.code, "InvalidParameterValueException");
  assert.match(
    error.message,
    /^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[.*python3\.13.*\] or be a valid ARN$/,
  );
});

test("a sensitive value is not repeated", () => {
  const error = refusal("lambda:CreateFunction", createFunction({ Environment: { Variables: { "1SECRET": "value" } } }));
  assert.doesNotMatch(error.message, /1SECRET|value'/);
});

test("a pattern is not tried on a text far beyond its length", () => {
  assert.match(
    refusal("lambda:DeleteFunction", { FunctionName: ":".repeat(1_000_000) }).message,
    /^1 validation error detected: .*length less than or equal to \d+$/,
  );
});

test("a client token that the caller left out is no error", () => {
  validator.validate(models.get("secretsmanager").operation("CreateSecret")!, { Name: "n" });
});
