// The event of a command: JSON text, @FILE, or - for stdin.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type CommandInvocation, UsageError } from "./command.ts";
import { CommandFailure } from "./failure.ts";

/** --payload as JSON; {} without it. */
export async function jsonEventOf({ options, stdin, workingDirectory }: CommandInvocation): Promise<unknown> {
  const payload = options.text("payload") ?? "{}";
  const json =
    payload === "-" ? await text(stdin) : payload.startsWith("@") ? await fileText(resolve(workingDirectory, payload.slice(1))) : payload;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`The event is no JSON: ${(error as Error).message}.`);
  }
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CommandFailure(`The event file ${file} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
