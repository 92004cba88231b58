// Turns whatever a command threw into words on stderr and an exit code: 1 for a failure, 2 for wrong use.

import { existsSync } from "node:fs";
import pc from "picocolors";
import { PlatformError } from "../lib/errors.ts";
import { dataFile } from "../lib/sibling.ts";
import { ApiError } from "./api-error.ts";
import { UsageError } from "./command.ts";
import { ConnectionLost, Unreachable } from "./http.ts";

/** A command could not do its work, for a reason that is not ours: what went wrong and what to do. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

export interface Failure {
  readonly exitCode: 1 | 2;
  /** Stable, for scripts that read --json. */
  readonly code: string;
  readonly message: string;
  /** Shown before the message: AWS's error code. */
  readonly title?: string;
  /** A page that says more. */
  readonly page?: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { exitCode: 2, code: "usage", message: error.message };
  if (error instanceof Unreachable) return { exitCode: 1, code: "no-server", message: error.message };
  if (error instanceof ConnectionLost) return { exitCode: 1, code: "connection-lost", message: error.message };
  if (error instanceof ApiError) return { exitCode: 1, code: error.code, message: error.message, title: error.code };
  if (error instanceof PlatformError) return platformFailure(error);
  if (error instanceof CommandFailure) return { exitCode: 1, code: "failed", message: error.message };
  return {
    exitCode: 1,
    code: "bug",
    message: `This is a defect in lambent: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  };
}

/** Text for people, one JSON line for scripts. */
export function renderFailure(failure: Failure, options: { readonly json: boolean; readonly color: boolean }): string {
  if (options.json) {
    const { code, message, page } = failure;
    return `${JSON.stringify({ error: { code, message, ...(page && { page }) } })}\n`;
  }
  const { bold, dim, red } = pc.createColors(options.color);
  const sentence = failure.title ? `${bold(failure.title)}: ${failure.message}` : failure.message;
  return `${red("✗")} ${sentence}\n${failure.page ? dim(`  More: ${failure.page}\n`) : ""}`;
}

function platformFailure(error: PlatformError): Failure {
  const page = dataFile(`docs/errors/${error.code}.md`);
  return { exitCode: 1, code: error.code, message: error.message, ...(existsSync(page) && { page }) };
}
