import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { startLogs } from "./logs-server.ts";

/** `logs tail` exists in version 2 only; the tests' own Python environment has version 1. */
function awsCli2(): string | undefined {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, "aws"));
  return ["/usr/bin/aws", ...candidates].find((path) => {
    try {
      return execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).startsWith("aws-cli/2");
    } catch {
      return false;
    }
  });
}

const aws = awsCli2();
const skip = aws === undefined ? "aws-cli 2 is not installed: apt-get install awscli" : false;

test("aws logs tail --follow prints what is there and what comes, each line once", { skip }, async (t) => {
  const { url, buffer, to } = await startLogs(t);
  const stream = to("/aws/lambda/f", "2026/11/25/[$LATEST]0123");
  buffer.write(stream, Date.now() - 1_000, "before");
  // Python keeps what it writes into a pipe until it ends, unless told otherwise.
  const python = { PYTHONUNBUFFERED: "1", HOME: "/nonexistent" };
  const env = { ...python, PATH: process.env.PATH, AWS_ACCESS_KEY_ID: "000000000000", AWS_SECRET_ACCESS_KEY: "x" };
  const args = ["--endpoint-url", url, "--region", "us-east-1", "--no-cli-pager", "logs", "tail", "/aws/lambda/f", "--follow"];
  const child = spawn(aws!, [...args, "--format", "short", "--filter-pattern", '-"not this"'], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let complaints = "";
  child.stderr.on("data", (data) => {
    complaints += data;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line.replace(/^\S+ /, ""));
    if (lines.length === 1) {
      buffer.write(stream, Date.now(), "not this");
      buffer.write(stream, Date.now(), "after");
      buffer.write(stream, Date.now() + 1, "the end");
    }
    if (lines.at(-1) === "the end") break;
  }
  assert.deepEqual(lines, ["before", "after", "the end"], complaints);
});
