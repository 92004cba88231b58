// A supervisor for sandbox-leaks.test.ts to kill: three sandboxes, one of them frozen, one not started. Its argument marks their processes.

import { buildStem } from "../../src/sandbox/build-stem.ts";
import { StemDriver } from "../../src/sandbox/stem.ts";
import { plainShape, Run } from "./sandbox-harness.ts";

const mark = process.argv[2]!;
const driver = await StemDriver.open({ stemFile: await buildStem() });
const runs = await Promise.all([1, 2].map(() => Run.start(driver, `echo ready; setsid sleep ${mark} & sleep ${mark}`)));
await Promise.all(runs.map((run) => run.printed(/ready/)));
await runs[0]!.sandbox.freeze();
await driver.prepare({ ...plainShape, early: ["/bin/sleep", mark] });
process.stdout.write("ready\n");
process.once("SIGTERM", () => void driver.close().then(() => process.exit()));
setInterval(() => {}, 1_000);
