// With `--auth enforce`: what Lambda does for a function, it does as the function's role, as far as that role's policies go.

import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { AttachRolePolicyCommand, CreateRoleCommand, DetachRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { arnOf, type MappingServer, startMappingServer } from "../sources/mapping-server.ts";
import { REGION, ROLE } from "./running-server.ts";

const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole";
const LACKING = "The provided execution role does not have permissions to call ReceiveMessage on SQS";
const lambdaMay = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };

/** The role of all functions, with no policy. */
async function openRole(t: TestContext, { process, client }: MappingServer) {
  const iam = new IAMClient({ endpoint: process.endpoint, region: REGION, credentials: client.config.credentials, maxAttempts: 1 });
  t.after(() => iam.destroy());
  const RoleName = ROLE.slice(ROLE.lastIndexOf("/") + 1);
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [lambdaMay] });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return {
    attach: () => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
    detach: () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    put: (statement: object) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName,
          PolicyName: "p",
          PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
        }),
      ),
  };
}

suite("the role of a function", { timeout: 300_000 }, () => {
  test("a mapping needs its permissions, loses no message while they are gone, and goes on when they are back", async (t) => {
    const server = await startMappingServer(t, { auth: "enforce" });
    const role = await openRole(t, server);
    await server.worker("fn");
    const url = await server.queue("q", { VisibilityTimeout: "60" });
    await assert.rejects(server.map("fn", "q"), { name: "InvalidParameterValueException", message: LACKING });
    await role.attach();
    const { UUID } = await server.map("fn", "q");
    const show = () => server.client.send(new GetEventSourceMappingCommand({ UUID }));
    await server.send(url, ["first"]);
    await server.sink.until((bodies) => bodies.includes("first"));
    assert.equal((await show()).LastProcessingResult, undefined);
    await role.detach();
    assert.equal((await show()).LastProcessingResult, `PROBLEM: ${LACKING}`);
    await server.process.until(/waits: The provided execution role/);
    await server.send(url, ["second"]);
    const { Messages: [waiting] = [] } = await server.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
    );
    assert.deepEqual([waiting?.Body, waiting?.Attributes?.ApproximateReceiveCount], ["second", "1"]);
    const [disable, enable] = [false, true].map((Enabled) => new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    await server.client.send(disable!);
    assert.equal((await show()).LastProcessingResult, undefined);
    await assert.rejects(server.client.send(enable!), { name: "InvalidParameterValueException", message: LACKING });
    await role.attach();
    await server.client.send(enable!);
    await server.sink.until((bodies) => bodies.includes("second"));
    await server.empty(url);
    assert.equal((await show()).State, "Enabled");
    assert.equal((await show()).LastProcessingResult, undefined);
  });

  test("the queue's own policy may name it; a Deny of its own wins", async (t) => {
    const server = await startMappingServer(t, { auth: "enforce" });
    const role = await openRole(t, server);
    await server.worker("fn");
    const url = await server.queue("q", { VisibilityTimeout: "60" });
    const Statement = { Effect: "Allow", Principal: { AWS: ROLE }, Action: "sqs:*", Resource: arnOf("q") };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await server.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
    await role.put({ Effect: "Deny", Action: "sqs:DeleteMessage", Resource: "*" });
    await assert.rejects(server.map("fn", "q"), /permissions to call DeleteMessage on SQS/);
    await role.put({ Effect: "Deny", Action: "s3:*", Resource: "*" });
    await server.map("fn", "q");
    await server.send(url, ["one"]);
    await server.sink.until((bodies) => bodies.includes("one"));
  });

  test("dead letters and destinations need its permission to send, and wait while it is gone", async (t) => {
    const server = await startMappingServer(t, { auth: "enforce" });
    const role = await openRole(t, server);
    await server.worker("fn");
    const url = await server.queue("dead");
    const [FunctionName, TargetArn] = ["fn", arnOf("dead")];
    const config = new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn } });
    await assert.rejects(
      server.client.send(config),
      /^InvalidParameterValueException: The provided execution role does not have permissions to call SendMessage on SQS$/,
    );
    const destination = new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      DestinationConfig: { OnSuccess: { Destination: TargetArn } },
    });
    const text = `The function's execution role does not have permissions to call SendMessage on ${TargetArn}`;
    await assert.rejects(server.client.send(destination), { name: "InvalidParameterValueException", message: text });
    await role.put({ Effect: "Allow", Action: "sqs:SendMessage", Resource: TargetArn });
    await server.client.send(destination);
    await role.put({ Effect: "Deny", Action: "sqs:SendMessage", Resource: TargetArn });
    await server.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: '{"Records":[]}' }));
    await server.process.until(/The function's role may not send to/);
    await role.put({ Effect: "Allow", Action: "sqs:SendMessage", Resource: TargetArn });
    const { Messages = [] } = await server.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    assert.match(Messages[0]?.Body ?? "", /"condition":"Success"/);
  });

  test("in open mode nothing is evaluated", async (t) => {
    const server = await startMappingServer(t);
    await openRole(t, server);
    await server.worker("fn");
    const url = await server.queue("q", { VisibilityTimeout: "60" });
    await server.map("fn", "q");
    await server.send(url, ["one"]);
    await server.sink.until((bodies) => bodies.includes("one"));
  });
});
