import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { openLogStore } from "./log-store.ts";

test("what was acknowledged before a kill -9 is there afterwards", async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "lambent-logs-"));
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const child = spawn(process.execPath, [join(import.meta.dirname, "log-crash-child.ts"), dataDirectory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let acknowledged = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 50) child.kill("SIGKILL");
  }
  await ended;
  const logs = await openLogStore(t, { dataDirectory });
  const messages = (await logs.read("g")).events.map((event) => Number(event.message));
  assert.ok(acknowledged >= 50);
  assert.deepEqual(
    messages.slice(0, acknowledged + 1),
    Array.from({ length: acknowledged + 1 }, (_, i) => i),
  );
});

/** A tmpfs of so many MiB, gone after the test; undefined where it cannot be mounted. */
function mountSmallDisk(t: TestContext, sizeMib: number): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "lambent-logs-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  t.after(() => {
    execFileSync("umount", ["-l", path]);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

test("a full disk drops events, says so, and once there is room the next ones are kept", async (t) => {
  const disk = mountSmallDisk(t, 24);
  if (disk === undefined) {
    t.skip("a small disk cannot be mounted here: only root may");
    return;
  }
  const logs = await openLogStore(t, { dataDirectory: join(disk, "data") });
  const to = logs.to("g", "s");
  await logs.buffer.put(to, [{ timestampMs: 1_000, message: "before" }]);
  const { bavail, bsize } = statfsSync(disk);
  const filler = join(disk, "filler");
  writeFileSync(filler, Buffer.alloc(bavail * bsize));

  for (let i = 0; i < 40; i++) logs.buffer.write(to, 2_000, randomBytes(64 * 1024).toString("base64"));
  await logs.buffer.settle();
  assert.ok(logs.buffer.dropped.events > 0);
  assert.match(logs.reports[0] ?? "", /^\d+ log events were dropped: they cannot be stored \(.*full/);
  await assert.rejects(logs.buffer.put(to, [{ timestampMs: 3_000, message: "refused" }]));

  rmSync(filler);
  await logs.buffer.put(to, [{ timestampMs: 4_000, message: "after" }]);
  const kept = (await logs.read("g", { fromMs: 4_000 })).events;
  assert.deepEqual(
    kept.map((event) => event.message),
    ["after"],
  );
});
