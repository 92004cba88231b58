// Memory over many invocations: the resident set of the built program, once a second while it works, and how much it grew after a warm-up.
// Prints a line for each second to stderr and one of JSON at the end.
// Usage: node scripts/run.mjs bench/soak.ts [invokes] [node-option ...]

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, root } from "../scripts/command.ts";
import { load, machineLoad, Server, type Target } from "./server.ts";
import { deploy, invokePath, subjects } from "./subjects.ts";

const STEPS = 20;
const CLIENTS = 16;
/** V8 and SQLite reach their size in it. */
const WARM_UP_INVOKES = 40_000;
const SAMPLE_MS = 1_000;

/** A step's resident set at its end, and the most that was seen in it. */
interface Step {
  readonly invokes: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly endMb: number;
  readonly peakMb: number;
}

const [invokes = "200000", ...nodeOptions] = process.argv.slice(2);
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
  const warmUp = await step(target, WARM_UP_INVOKES);
  const steps: Step[] = [];
  for (let at = 0; at < STEPS; at++) steps.push(await step(target, target.invokes / STEPS));
  const grownMb = steps.at(-1)!.endMb - warmUp.endMb;
  console.log(JSON.stringify({ bench: "soak", invokes: target.invokes, nodeOptions, idleMb, warmUp, steps, grownMb, load: machineLoad() }));
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}

async function step(target: Target, count: number): Promise<Step> {
  const startedMs = performance.now();
  let peakMb = 0;
  const sampler = setInterval(() => {
    const mb = target.server.memoryMb;
    peakMb = Math.max(peakMb, mb);
    process.stderr.write(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s ${String(mb).padStart(5)} MB\n`);
  }, SAMPLE_MS);
  try {
    const { perSecond } = await load(target, CLIENTS, count);
    const endMb = target.server.memoryMb;
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    return { invokes: count, seconds, perSecond: Math.round(perSecond), endMb, peakMb: Math.max(peakMb, endMb) };
  } finally {
    clearInterval(sampler);
  }
}
