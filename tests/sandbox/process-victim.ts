// A server with the driver without isolation for last-will.test.ts to kill: a function that runs, one that is frozen, a runtime that waits.
// Its argument marks their processes.

import { tmpdir } from "node:os";
import { ProcessDriver } from "../../src/sandbox/process.ts";

const mark = process.argv[2]!;
const shape = { mounts: [], listeners: [{ name: "runtime", port: 9001 }], network: "none" as const };
const limits = { memoryMb: 256, cpuShare: 1, tmpMb: 64, pidsMax: 128, filesMax: 1024 };
const command = (paths: { readonly tmp: string }) => ({
  argv: ["/bin/sh", "-c", `echo ready in ${paths.tmp}; sleep ${mark} & sleep ${mark}; true`],
  variables: { PATH: "/usr/bin:/bin" },
});

const driver = new ProcessDriver();
for (const isFrozen of [false, true]) {
  const stem = await driver.prepare(shape);
  const sandbox = await stem.start({ code: tmpdir(), command, ...limits });
  const { promise, resolve } = Promise.withResolvers<void>();
  sandbox.output.onData((bytes) => process.stdout.write(bytes, () => resolve()));
  await promise;
  if (isFrozen) await sandbox.freeze();
}
await driver.prepare({ ...shape, early: ["/bin/sleep", mark] });
process.stdout.write("all ready\n");
setInterval(() => {}, 1_000);
