// lambent logs: a function's log lines in order, and with --follow those that come.

import { setTimeout as delay } from "node:timers/promises";
import type { FilteredLogEvent, FilterLogEventsResponse } from "../../models/logs.ts";
import { ApiError } from "../api-error.ts";
import { AwsClient } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { CommandFailure } from "../failure.ts";
import { colorsFor } from "../screen.ts";
import { startOf } from "../since.ts";

const POLL_MS = 500;
/** Lines reach the log in batches: a poll looks back this far for those that came late. */
const LATE_MS = 5_000;

export const logs: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name of the function");
    command.option("-f, --follow", "go on printing new lines until Ctrl-C");
    command.option("-s, --since <TIME>", "how far back: 30s, 10m, 2h, 1d, or a time such as 2026-11-25T10:00:00Z", "10m");
    command.option("--filter <PATTERN>", "only lines that match this CloudWatch Logs filter pattern");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, environment } = invocation;
    const client = new AwsClient(connectionOf(options, environment));
    const group = await groupOf(client, args[0] ?? "");
    const sinceMs = startOf(options.text("since") ?? "10m", Date.now());
    const print = printer(invocation);
    const reader = new LogReader(client, { group, filter: options.text("filter"), follows: options.isOn("follow") });
    await reader.read(sinceMs, print);
    while (options.isOn("follow")) {
      await delay(POLL_MS);
      await reader.read(Math.max(sinceMs, (reader.lastMs ?? sinceMs) - LATE_MS), print);
    }
    return 0;
  },
};

/** A name that is no function of ours may still have a log: of a function deleted since. */
async function groupOf(client: AwsClient, name: string): Promise<string> {
  if (name.startsWith("/")) return name;
  const found = await client.getFunction(name);
  return found?.LoggingConfig?.LogGroup ?? `/aws/lambda/${found?.FunctionName ?? name}`;
}

interface What {
  readonly group: string;
  readonly filter: string | undefined;
  /** True: a group that does not exist yet is waited for. */
  readonly follows: boolean;
}

/** Pages through FilterLogEvents and hands each event out once. */
class LogReader {
  readonly #client: AwsClient;
  readonly #what: What;
  /** Ids handed out, of events young enough to be read again. */
  readonly #seen = new Map<string, number>();
  #lastMs: number | undefined;

  constructor(client: AwsClient, what: What) {
    this.#client = client;
    this.#what = what;
  }

  /** Time of the newest event handed out. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  async read(fromMs: number, print: (event: FilteredLogEvent) => void): Promise<void> {
    let nextToken: string | undefined;
    do {
      const page = await this.#page(fromMs, nextToken);
      for (const event of page.events ?? []) if (this.#isNew(event)) print(event);
      nextToken = page.nextToken;
      for (const [id, atMs] of this.#seen) if (atMs < (this.#lastMs ?? 0) - LATE_MS) this.#seen.delete(id);
    } while (nextToken !== undefined);
  }

  async #page(startTime: number, nextToken: string | undefined): Promise<FilterLogEventsResponse> {
    const { group, filter, follows } = this.#what;
    try {
      return await this.#client.filterLogEvents({
        logGroupName: group,
        startTime,
        ...(filter && { filterPattern: filter }),
        ...(nextToken && { nextToken }),
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "ResourceNotFoundException") throw error;
      if (follows) return {};
      throw new CommandFailure(`There is no log group ${group}: no function has written to it yet. Invoke it, or wait with --follow.`, {
        cause: error,
      });
    }
  }

  #isNew(event: FilteredLogEvent): boolean {
    const id = event.eventId ?? "";
    if (this.#seen.has(id)) return false;
    const atMs = event.timestamp ?? 0;
    this.#seen.set(id, atMs);
    this.#lastMs = Math.max(this.#lastMs ?? 0, atMs);
    return true;
  }
}

function printer({ options, environment, stdout }: CommandInvocation): (event: FilteredLogEvent) => void {
  if (options.json) return (event) => stdout.write(`${JSON.stringify(event)}\n`);
  const { dim } = colorsFor(stdout, environment);
  return (event) => stdout.write(`${dim(new Date(event.timestamp ?? 0).toISOString())} ${(event.message ?? "").trimEnd()}\n`);
}
