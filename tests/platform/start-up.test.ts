import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startLambent } from "../../scripts/lambent-process.ts";

/** A quarter of a millisecond and 30 kB each. Who needs more asks first what of it could be loaded later: docs/decisions/0032. */
const MAIN_MAX = 280;
const SQLITE_THREAD_MAX = 96;

test("a start loads few files before it answers, on the main thread and on SQLite's", { timeout: 300_000 }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), "lambent-start-up-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const given = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${given ?? ""} --import ${pathToFileURL(join(import.meta.dirname, "note-files-loaded.ts"))}`;
  const server = await startLambent({ args: ["--data", data] }).finally(() => {
    if (given === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = given;
  });
  assert.equal((await fetch(`${server.endpoint}/_lambent/health`)).status, 200);
  await server.stop();
  const loadedBy = (thread: string) =>
    [...server.said().matchAll(new RegExp(`^loaded by ${thread}: (.+)$`, "gm"))].map(([, file]) => file!);
  const [main, sqlite] = [loadedBy("main"), loadedBy("thread")];
  assert.ok(main.includes("platform/server.ts") && sqlite.includes("procs.ts"), "the files are noted");
  assert.ok(main.length <= MAIN_MAX, `the main thread loads ${main.length} files:\n${main.join("\n")}`);
  assert.ok(sqlite.length <= SQLITE_THREAD_MAX, `SQLite's thread loads ${sqlite.length} files:\n${sqlite.join("\n")}`);
});
