// Routes of our own on a running server, asked as its operator: with the token that lies in its data directory, where that can be read.

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { operatorTokenFile } from "../gateway/operator-guard.ts";
import { ApiError } from "./api-error.ts";
import { AwsClient } from "./aws-client.ts";
import type { CommandInvocation } from "./command.ts";
import { connectionOf } from "./connection.ts";
import { exchange } from "./http.ts";

/** A tuning runs functions for as long as it takes. */
const SILENCE_MS = 900_000;

export interface ServerPlace {
  readonly endpoint: string;
  /** undefined: it asks without a token, which an open server does not want. */
  readonly dataDirectory: string | undefined;
}

/** The server that a command's options name, with its data directory: of --data, or where it says itself that it is. */
export async function placeOf({ options, environment, workingDirectory }: CommandInvocation): Promise<ServerPlace> {
  const connection = connectionOf(options, environment);
  const data = options.text("data");
  if (data !== undefined) return { endpoint: connection.endpoint, dataDirectory: resolve(workingDirectory, data) };
  const { dataDirectory } = await new AwsClient(connection).health<{ readonly dataDirectory?: string }>();
  return { endpoint: connection.endpoint, dataDirectory };
}

/** Whose functions are meant: the account that the command's keys belong to, in the region that it names. */
export async function ownerOf({ options, environment }: CommandInvocation): Promise<{ readonly account: string; readonly region: string }> {
  const connection = connectionOf(options, environment);
  return { account: await new AwsClient(connection).account(), region: connection.region };
}

/** The answer's JSON. Throws ApiError, Unreachable or ConnectionLost. */
export async function askServer(place: ServerPlace, method: string, path: string, input?: unknown): Promise<unknown> {
  const token = place.dataDirectory === undefined ? undefined : await tokenIn(place.dataDirectory);
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const body = input === undefined ? {} : { body: JSON.stringify(input) };
  const response = await exchange({ method, url: `${place.endpoint}/_lambent/${path}`, headers, timeoutMs: SILENCE_MS, ...body });
  const answer = JSON.parse(response.body.toString() || "{}");
  if (response.status >= 400) throw new ApiError(answer.code ?? `HTTP ${response.status}`, response.status, answer.message);
  return answer;
}

/** Without it the server decides whether it answers. */
async function tokenIn(dataDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(operatorTokenFile(join(dataDirectory, "run")), "utf8");
  } catch {
    return undefined;
  }
}
