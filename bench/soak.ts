// Memory over many invocations: resident set of the built program after a warm-up, along the way, and at the end. Prints one JSON line.
// Usage: node scripts/run.mjs bench/soak.ts [invokes] [node-option ...]

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, root } from "../scripts/command.ts";
import { load, machineLoad, Server } from "./server.ts";
import { deploy, invokePath, subjects } from "./subjects.ts";

const [invokes = "100000", ...nodeOptions] = process.argv.slice(2);
const STEPS = 10;
const CLIENTS = 16;
/** V8 and SQLite reach their size in it. */
const WARM_UP_INVOKES = 40_000;

const [echo] = await subjects();
const program = join(root, "dist/main.js");
if (!existsSync(program)) await command([process.execPath, join(root, "scripts/build.ts")]);
const data = await mkdtemp(join(tmpdir(), "lambent-soak-"));
const server = await Server.start([...nodeOptions, program, "start", "--port", "0", "--data", data]);
try {
  await server.get("/_lambent/health");
  const idleMb = server.memoryMb;
  const client = server.client();
  await deploy(client, echo);
  client.destroy();
  const target = { server, path: invokePath(echo.name), event: echo.event, invokes: Number(invokes) };
  await load(target, CLIENTS, WARM_UP_INVOKES);
  const warmMb = server.memoryMb;
  const stepsMb: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    await load(target, CLIENTS, target.invokes / STEPS);
    stepsMb.push(server.memoryMb);
  }
  const grownMb = stepsMb.at(-1)! - warmMb;
  console.log(
    JSON.stringify({ bench: "soak", invokes: target.invokes, nodeOptions, idleMb, warmMb, stepsMb, grownMb, load: machineLoad() }),
  );
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}
