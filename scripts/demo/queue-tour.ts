// The demo's job queue: welcome e-mails. Messages start a Rust function, which sends mails to a real SMTP server on this machine; a message that
// nobody can work through ends in the dead-letter queue.

import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsClient } from "../../src/cli/aws-client.ts";
import { createRust } from "./create-rust.ts";
import { reportLine } from "./report-line.ts";
import type { SmtpServer } from "./smtp-server.ts";
import { type Row, rustPackage } from "./tour.ts";

const NAME = "rust-mailer";
const MANY = 200;
const BATCH = 10;
const RECEIVES_MAX = 2;
const WAIT_S = 20;

export interface QueueTour {
  readonly binary: string;
  readonly smtp: SmtpServer;
  /** Where functions find the SMTP server. */
  readonly smtpHost: string;
  readonly smtpPort: number;
}

interface Clients {
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  readonly logs: CloudWatchLogsClient;
}

interface Attempt {
  readonly what: string;
  /** A sentence about what is wrong, if anything. */
  readonly run: () => Promise<string | undefined>;
}

export async function queueTour(client: AwsClient, parts: QueueTour): Promise<readonly Row[]> {
  const { endpoint, region } = client.connection;
  const settings = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const clients = { lambda: new LambdaClient(settings), sqs: new SQSClient(settings), logs: new CloudWatchLogsClient(settings) };
  try {
    const { url, deadUrl } = await deploy(clients, parts);
    const send = (body: string) => clients.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    const rows: Row[] = [];
    for (const attempt of attempts(clients, parts.smtp, { url, deadUrl, send })) rows.push(await row(clients, region, attempt));
    return rows;
  } finally {
    for (const one of Object.values(clients)) one.destroy();
  }
}

function attempts(
  { sqs }: Clients,
  smtp: SmtpServer,
  { url, deadUrl, send }: { readonly url: string; readonly deadUrl: string; readonly send: (body: string) => Promise<unknown> },
): readonly Attempt[] {
  const oneMail = async () => {
    const before = smtp.mails.length;
    await send(customer("Ada"));
    await smtp.until(before + 1);
    const mail = smtp.mails[before];
    return mail?.to[0] === "ada@example.com" && mail.text.includes("Subject: Welcome, Ada")
      ? undefined
      : `sent ${mail?.text.slice(0, 200)}`;
  };
  const manyMails = async () => {
    const before = smtp.mails.length;
    const names = Array.from({ length: MANY }, (_, at) => `Customer${at}`);
    for (let at = 0; at < MANY; at += BATCH) {
      const Entries = names.slice(at, at + BATCH).map((name, index) => ({ Id: String(index), MessageBody: customer(name) }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
    await smtp.until(before + MANY);
    const receivers = new Set(smtp.mails.slice(before).flatMap(({ to }) => to));
    return receivers.size === MANY ? undefined : `${receivers.size} of ${MANY} were written to`;
  };
  const poison = async () => {
    await send("not a customer");
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, WaitTimeSeconds: WAIT_S }));
    return Messages[0]?.Body === "not a customer" ? undefined : `${Messages.length} dead letters`;
  };
  return [
    { what: "mail: cold", run: oneMail },
    { what: "mail: warm", run: oneMail },
    { what: `mail ×${MANY}`, run: manyMails },
    { what: "poison → dead letters", run: poison },
  ];
}

function customer(name: string): string {
  return JSON.stringify({ name, email: `${name.toLowerCase()}@example.com` });
}

/** The round trip is from the first SendMessage to the last mail; the rest is of the last invocation. */
async function row({ logs }: Clients, region: string, { what, run }: Attempt): Promise<Row> {
  const before = (await reports(logs)).length;
  const startedMs = performance.now();
  const fault = await run();
  const tookMs = performance.now() - startedMs;
  let lines: readonly string[] = [];
  for (const endMs = performance.now() + WAIT_S * 1_000; lines.length <= before && performance.now() < endMs; ) lines = await reports(logs);
  const report = reportLine(lines.at(-1) ?? "", region);
  return { trigger: "queue", name: NAME, what, tookMs, ...report, fault };
}

async function reports(logs: CloudWatchLogsClient): Promise<readonly string[]> {
  const found = await logs
    .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${NAME}`, filterPattern: "REPORT", limit: 10_000 }))
    .catch((error: Error) => {
      if (error.name === "ResourceNotFoundException") return { events: [] };
      throw error;
    });
  return (found.events ?? []).map(({ message = "" }) => message);
}

async function deploy({ lambda, sqs }: Clients, { binary, smtpHost, smtpPort }: QueueTour) {
  const variables = { SMTP_HOST: smtpHost, SMTP_PORT: String(smtpPort) };
  await createRust(lambda, await rustPackage(NAME, binary), { variables, timeoutS: 2 });
  const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
  const dead = await sqs.send(new CreateQueueCommand({ QueueName: "welcome-dead" }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("welcome-dead"), maxReceiveCount: RECEIVES_MAX });
  const made = await sqs.send(new CreateQueueCommand({ QueueName: "welcome", Attributes: { VisibilityTimeout: "2", RedrivePolicy } }));
  const reporting = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: NAME, EventSourceArn: arnOf("welcome"), ...reporting }));
  return { url: made.QueueUrl!, deadUrl: dead.QueueUrl! };
}
