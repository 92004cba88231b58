// lambent queue: what waits in SQS's queues, and putting in, taking out, looking, bringing dead letters back, emptying.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Argument } from "commander";
import type { Message, SendMessageBatchRequestEntry } from "../../models/sqs.ts";
import { AwsClient } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError, wholeNumber } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { CommandFailure } from "../failure.ts";
import { askServer, placeOf } from "../operator-client.ts";
import { colorsFor, Progress, table } from "../screen.ts";
import { SqsClient } from "../sqs-client.ts";

const ACTIONS = { list, send, receive, peek, redrive, purge } as const;
const BATCH_MAX = 10;
const LOOK_MS = 200;

interface Asked extends CommandInvocation {
  readonly sqs: SqsClient;
}

export const queue: CliCommand = {
  shape(command) {
    command.addArgument(new Argument("<ACTION>").choices(Object.keys(ACTIONS)));
    command.argument("[QUEUE]", "name or URL of the queue; for redrive, of the dead-letter queue; for list, how names begin");
    command.argument("[BODY]", "send: the message, @FILE, or - for stdin");
    command.option("--lines", "send: each line of the file or of stdin is a message");
    command.option("--group <ID>", "send: MessageGroupId");
    command.option("--dedup <ID>", "send: MessageDeduplicationId");
    command.option("--delay <SECONDS>", "send: DelaySeconds", wholeNumber);
    command.option("--max <N>", "receive, peek: so many messages at most (default 10)", wholeNumber);
    command.option("--wait <SECONDS>", "receive: wait so long for the first one (default 0)", wholeNumber);
    command.option("--delete", "receive: delete what is printed");
    command.option("--to <QUEUE>", "redrive: move there, and not to where the messages came from");
    command.option("--rate <N>", "redrive: so many messages a second at most", wholeNumber);
    command.option("--data <DIR>", "peek: the server's data directory (default: of the one that answers)");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const action = invocation.args[0] as keyof typeof ACTIONS;
    if (action !== "list" && invocation.args[1] === undefined) throw new UsageError(`Say which queue: lambent queue ${action} QUEUE.`);
    const sqs = new SqsClient(new AwsClient(connectionOf(invocation.options, invocation.environment)));
    return ACTIONS[action]({ ...invocation, sqs });
  },
};

async function list({ sqs, args, options, environment, stdout, stderr }: Asked): Promise<number> {
  const [, prefix] = args;
  const all = await Promise.all((await sqs.urls(prefix)).map(async (url) => ({ url, ...(await sqs.attributes(url)) }) as Listed));
  if (options.json) stdout.write(`${JSON.stringify(all)}\n`);
  else if (all.length === 0 && prefix !== undefined) stderr.write(`There is no queue whose name begins with ${prefix}.\n`);
  else if (all.length === 0) stderr.write("There is no queue yet. `aws sqs create-queue --queue-name jobs` makes one.\n");
  else {
    const heading = ["QUEUE", "TYPE", "WAITING", "IN FLIGHT", "DELAYED", "DEAD LETTERS TO"].map(colorsFor(stdout, environment).dim);
    stdout.write(table(heading, all.map(row), { right: [2, 3, 4] }));
  }
  return 0;
}

type Listed = Readonly<Record<string, string>> & { readonly url: string };

function row(one: Listed): readonly string[] {
  const policy = JSON.parse(one.RedrivePolicy ?? "{}") as { deadLetterTargetArn?: string; maxReceiveCount?: unknown };
  const target = policy.deadLetterTargetArn?.split(":").at(-1);
  return [
    nameOf(one.url),
    one.FifoQueue === "true" ? "FIFO" : "standard",
    one.ApproximateNumberOfMessages ?? "",
    one.ApproximateNumberOfMessagesNotVisible ?? "",
    one.ApproximateNumberOfMessagesDelayed ?? "",
    target === undefined ? "" : `${target} after ${String(policy.maxReceiveCount)}`,
  ];
}

const nameOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

async function send(asked: Asked): Promise<number> {
  const { sqs, args, options, stdout } = asked;
  const url = await sqs.url(args[1]!);
  const bodies = await bodiesOf(asked);
  const shared = {
    MessageGroupId: options.text("group"),
    MessageDeduplicationId: options.text("dedup"),
    DelaySeconds: options.number("delay"),
  };
  const progress = new Progress(asked);
  const ids: string[] = [];
  for (let at = 0; at < bodies.length; at += BATCH_MAX) {
    const entries = bodies.slice(at, at + BATCH_MAX).map((MessageBody, n) => ({ Id: String(n), MessageBody, ...shared }));
    ids.push(...(await sent(sqs, url, entries)));
    progress.show(`Sent ${ids.length} of ${bodies.length} messages`);
  }
  progress.clear();
  if (options.json) stdout.write(`${JSON.stringify({ messageIds: ids })}\n`);
  else stdout.write(ids.length === 1 ? `Sent ${ids[0]}\n` : `Sent ${ids.length} messages\n`);
  return 0;
}

async function sent(sqs: SqsClient, url: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<readonly string[]> {
  const { Successful = [], Failed = [] } = await sqs.send(url, entries);
  const [failed] = Failed;
  if (failed !== undefined) throw new CommandFailure(`A message was refused: ${failed.Message ?? failed.Code}`);
  return Successful.map(({ MessageId }) => MessageId);
}

async function bodiesOf({ args, options, stdin, workingDirectory }: Asked): Promise<readonly string[]> {
  const given = args[2] ?? (options.isOn("lines") ? "-" : undefined);
  if (given === undefined) throw new UsageError("Give the message: lambent queue send QUEUE BODY, or - for stdin.");
  const whole =
    given === "-" ? await text(stdin) : given.startsWith("@") ? await fileText(resolve(workingDirectory, given.slice(1))) : given;
  return options.isOn("lines") ? whole.split("\n").filter((line) => line !== "") : [whole];
}

async function fileText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandFailure(`${file} cannot be read: ${(cause as Error).message}.`, { cause });
  });
}

async function receive(asked: Asked): Promise<number> {
  const { sqs, args, options } = asked;
  const QueueUrl = await sqs.url(args[1]!);
  const max = options.number("max") ?? BATCH_MAX;
  let left = max;
  let WaitTimeSeconds = options.number("wait") ?? 0;
  while (left > 0) {
    const MaxNumberOfMessages = Math.min(left, BATCH_MAX);
    const messages = await sqs.receive({
      QueueUrl,
      MaxNumberOfMessages,
      WaitTimeSeconds,
      AttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    if (messages.length === 0) break;
    printMessages(asked, messages);
    if (options.isOn("delete"))
      await sqs.delete(
        QueueUrl,
        messages.map(({ ReceiptHandle = "" }, n) => ({ Id: String(n), ReceiptHandle })),
      );
    left -= messages.length;
    WaitTimeSeconds = 0;
  }
  if (left === max) asked.stderr.write("Nothing is waiting.\n");
  return 0;
}

/** Bodies to stdout, one after the other, so that they can be piped; with --json a line for each whole message. */
function printMessages({ options, stdout, stderr, environment }: Asked, messages: readonly (Message | Peeked)[]): void {
  const { dim } = colorsFor(stderr, environment);
  for (const message of messages) {
    if (options.json) stdout.write(`${JSON.stringify(message)}\n`);
    else {
      stderr.write(
        dim(
          `${message.MessageId}  sent ${timeOf(message.Attributes?.SentTimestamp)}, received ${message.Attributes?.ApproximateReceiveCount} times\n`,
        ),
      );
      stdout.write(`${message.Body}\n`);
    }
  }
}

function timeOf(ms: string | undefined): string {
  return new Date(Number(ms)).toISOString().slice(0, 19).replace("T", " ");
}

interface Peeked {
  readonly MessageId: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** The API has no such call: the server's own route is asked. */
async function peek(asked: Asked): Promise<number> {
  const { sqs, args, options } = asked;
  const { QueueArn = "" } = await sqs.attributes(await sqs.url(args[1]!));
  const query = new URLSearchParams({ arn: QueueArn, max: String(options.number("max") ?? BATCH_MAX) });
  const { messages } = (await askServer(await placeOf(asked), "GET", `queues/peek?${query}`)) as { messages: readonly Peeked[] };
  printMessages(asked, messages);
  if (messages.length === 0) asked.stderr.write("Nothing is waiting.\n");
  return 0;
}

async function redrive(asked: Asked): Promise<number> {
  const { sqs, args, options, stdout } = asked;
  const arnOf = async (name: string) => (await sqs.attributes(await sqs.url(name))).QueueArn ?? "";
  const [source, to] = [await arnOf(args[1]!), options.text("to")];
  await sqs.startMove(source, to === undefined ? undefined : await arnOf(to), options.number("rate"));
  const progress = new Progress(asked);
  for (;;) {
    const task = await sqs.move(source);
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    if (task?.Status !== "RUNNING" && task?.Status !== "CANCELLING") {
      progress.clear();
      if (task?.Status === "FAILED") throw new CommandFailure(`The move failed after ${moved} messages: ${task.FailureReason}`);
      stdout.write(options.json ? `${JSON.stringify(task)}\n` : `Moved ${moved} messages\n`);
      return 0;
    }
    progress.show(`Moved ${moved} of about ${task.ApproximateNumberOfMessagesToMove} messages`);
    await pause(LOOK_MS);
  }
}

async function purge({ sqs, args, options, stdout }: Asked): Promise<number> {
  const url = await sqs.url(args[1]!);
  await sqs.purge(url);
  stdout.write(options.json ? `${JSON.stringify({ purged: url })}\n` : `${nameOf(url)} is empty\n`);
  return 0;
}
