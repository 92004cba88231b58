// What a command is, and the options that many of them share. commands.ts is the table.

import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "./context.ts";

export interface CliCommand {
  /** Adds arguments and options; name, summary and --json are the table's business. */
  shape(command: Command): void;
  /** The exit code: 0, or 1 for a failure that it has already told. Throws what failure.ts can render. */
  run(invocation: CommandInvocation): Promise<number>;
}

export interface CommandInvocation extends Context {
  readonly args: readonly string[];
  /** As commander names them: --log-group is logGroup. */
  readonly options: Options;
}

export type OptionValue = string | number | boolean | readonly string[] | undefined;

/** Parsed options, read by kind so that a command says what it expects. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    return typeof value === "number" ? value : undefined;
  }

  isOn(name: string): boolean {
    return this.#values[name] === true;
  }

  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  get json(): boolean {
    return this.isOn("json");
  }
}

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Where the server is and who calls it; read by connection.ts. */
export function addConnectionOptions(command: Command): void {
  command
    .option("--endpoint-url <URL>", "where lambent answers (AWS_ENDPOINT_URL, LAMBENT_ENDPOINT; default http://127.0.0.1:4566)")
    .option("--region <REGION>", "AWS region (AWS_REGION, AWS_DEFAULT_REGION; default us-east-1)");
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(value);
}

/** For options that take a whole number from `min` to `max`. */
export function wholeNumberFrom(min: number, max: number): (value: string) => number {
  return (value) => {
    if (/^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
  };
}
