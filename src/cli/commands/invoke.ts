// lambent invoke: one invocation. The payload and a line end go to stdout, everything else to stderr. With --async nothing is waited for, with
// --stream what comes goes out as it comes.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { AwsClient, type InvokeAnswer } from "../aws-client.ts";
import { type CallCost, callCost, ownPricesHere } from "../call-cost.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { CommandFailure } from "../failure.ts";
import { PreludeApart } from "../http-prelude.ts";
import { usdText } from "../money.ts";
import { colorsFor } from "../screen.ts";

export const invoke: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name or ARN of the function");
    command.option("-p, --payload <JSON>", "the event: JSON text, @FILE, or - for stdin (default {})");
    command.option("-e, --event <FILE>", "read the event from a file");
    command.option("-q, --qualifier <VERSION|ALIAS>", "version or alias");
    command.option("-t, --tail", "also print the last 4 KB of the log, with its duration line");
    command.option("-c, --cost", "also say what the call costs, at the server's own prices or at AWS's list price");
    command.option("-a, --async", "only hand the event over: it is on disk when the command ends, and is retried if the function fails");
    command.option("-s, --stream", "read the answer while the function writes it; the head of an HTTP answer goes to stderr");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, environment, stdout, stderr } = invocation;
    if (options.isOn("async") && (options.isOn("tail") || options.isOn("cost")))
      throw new UsageError("There is no log to show yet: leave out --async, or --tail and --cost.");
    const isStreamed = options.isOn("stream");
    if (isStreamed && (options.isOn("async") || options.json))
      throw new UsageError("--stream shows what comes as it comes: leave out --async and --json.");
    const payload = await eventOf(invocation);
    const client = new AwsClient(connectionOf(options, environment));
    const [name = "", qualifier] = [args[0], options.text("qualifier")];
    if (options.isOn("async")) {
      const requestId = await client.invokeLater(name, payload, qualifier);
      stdout.write(options.json ? `${JSON.stringify({ status: 202, requestId })}\n` : `Accepted: request ${requestId}\n`);
      return 0;
    }
    const wishes = { qualifier, tail: options.isOn("tail") || options.isOn("cost") };
    const { dim, red } = colorsFor(stderr, environment);
    const apart = new PreludeApart(
      (prelude) => stderr.write(dim(`${prelude}\n`)),
      (piece) => written(stdout, piece),
    );
    const answer = isStreamed
      ? await client.invokeStreaming(name, payload, { ...wishes, onPiece: (piece) => apart.take(piece) })
      : await client.invoke(name, payload, wishes);
    await apart.end();
    const cost = options.isOn("cost") ? await costOf(client, name, { answer, invocation }) : undefined;
    if (options.json) {
      stdout.write(`${JSON.stringify({ ...describe(answer), ...(cost && { cost }) })}\n`);
    } else {
      if (answer.logTail !== undefined && options.isOn("tail"))
        stderr.write(dim(answer.logTail.endsWith("\n") ? answer.logTail : `${answer.logTail}\n`));
      if (!isStreamed) stdout.write(Buffer.concat([answer.payload, Buffer.from("\n")]));
      if (answer.functionError !== undefined) stderr.write(`${red("✗")} ${failureSentence(answer)}\n`);
      if (cost !== undefined) stderr.write(costSentence(cost));
    }
    return answer.functionError === undefined ? 0 : 1;
  },
};

/** undefined: its log does not tell. */
async function costOf(
  client: AwsClient,
  name: string,
  { answer, invocation }: { readonly answer: InvokeAnswer; readonly invocation: CommandInvocation },
): Promise<CallCost | undefined> {
  const { region } = client.connection;
  const described = (await client.getFunction(name)) ?? {};
  return callCost(answer.logTail ?? "", described, { region, ownPrices: () => ownPricesHere(invocation, region) });
}

const PRICED = { report: ", as REPORT says", own: ", at the server's own prices", list: "" } as const;

function costSentence({ usd, billedMs, memoryMb, prices }: CallCost): string {
  return `${usdText(usd)} for this call: ${billedMs} ms billed at ${memoryMb} MB${PRICED[prices]}.\n`;
}

/** Resolves when there is room for more. */
async function written(stream: CommandInvocation["stdout"], piece: Uint8Array): Promise<void> {
  if (!stream.write(piece)) await once(stream, "drain");
}

async function eventOf({ options, stdin, workingDirectory }: CommandInvocation): Promise<Uint8Array> {
  const payload = options.text("payload");
  const file = options.text("event") ?? (payload?.startsWith("@") ? payload.slice(1) : undefined);
  if (payload !== undefined && options.text("event") !== undefined)
    throw new UsageError("Give the event by --payload or by --event, not by both.");
  if (payload === "-") return buffer(stdin);
  if (file === undefined) return Buffer.from(payload ?? "{}");
  try {
    return await readFile(resolve(workingDirectory, file));
  } catch (error) {
    throw new CommandFailure(`The event file ${file} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

function describe(answer: InvokeAnswer): Readonly<Record<string, unknown>> {
  const { payload, ...rest } = answer;
  return { ...rest, payload: parsed(payload) };
}

/** "MyError: it went wrong", from the payload that AWS answers for a failed function. */
function failureSentence(answer: InvokeAnswer): string {
  const body = parsed(answer.payload);
  if (typeof body !== "object" || body === null) return `The function failed (${answer.functionError}).`;
  const { errorType, errorMessage } = body as { errorType?: string; errorMessage?: string };
  return (
    [errorType, errorMessage].filter((part) => part !== undefined && part !== "").join(": ") ||
    `The function failed (${answer.functionError}).`
  );
}

/** Payloads need not be JSON: then the text itself. */
function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return payload.toString();
  }
}
