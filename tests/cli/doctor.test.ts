import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { lambent } from "./lambent.ts";

async function examined(...argv: readonly string[]): Promise<{ exitCode: number; of(subject: string): Finding | undefined }> {
  const { exitCode, out, err } = await lambent(["doctor", "--json", ...argv]);
  assert.notEqual(exitCode, 2, err);
  const findings = JSON.parse(out) as readonly Finding[];
  return { exitCode, of: (subject) => findings.find((one) => one.subject === subject) };
}

test("the driver that is asked for is named as chosen", async () => {
  const { exitCode, of } = await examined("--sandbox", "process");
  assert.equal(exitCode, 0);
  assert.equal(of("sandbox process")?.words, "works, and is chosen");
});

test("a chosen driver that does not work is a problem, and exit code 1", async () => {
  const { exitCode, of } = await examined("--sandbox", "process", "--network", "none");
  assert.equal(exitCode, 1);
  assert.equal(of("sandbox process")?.level, "problem");
});

test("a port that is taken names its holder", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as { port: number };
  const { of } = await examined("--sandbox", "process", "--port", String(port));
  holder.close();
  assert.match(of(`port ${port}`)?.words ?? "", new RegExp(`taken by process ${process.pid} `));
});

test("a data directory that cannot be written is a problem", {
  skip: process.getuid?.() === 0 ? "root writes everywhere" : false,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "lambent-doctor-"));
  await chmod(folder, 0o500);
  const { of } = await examined("--sandbox", "process", "--data", join(folder, "data"));
  await rm(folder, { recursive: true, force: true });
  assert.equal(of("data")?.level, "problem");
});

test("an interpreter that is given by path serves its runtime", async () => {
  const { of } = await examined("--sandbox", "process", "--runtime-path", `nodejs24.x=${process.execPath}`, "--runtimes", "exact");
  assert.match(of("runtimes")?.words ?? "", /nodejs24\.x/);
});
