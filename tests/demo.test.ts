// npm run demo, as a user starts it but for how well its programs are compiled: it ends by itself, every row is good, and nothing is left.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { tryCommand } from "../scripts/command.ts";

/** Processes that work with a demo's data directory. */
function demoProcesses(): readonly string[] {
  if (process.platform !== "linux") return [];
  const commands = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf);
  return commands.filter((command) => command.includes("lambent-demo-"));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it has ended meanwhile
  }
}

test("the demo ends with 0, a good row for every case of every language, and leaves no process", async () => {
  const before = demoProcesses();
  const { code, output } = await tryCommand([process.execPath, "scripts/demo.ts", "--quick"], { env: { NO_COLOR: "1" } });
  assert.equal(code, 0, output);
  for (const name of ["rust-hello", "node-hello", "python-hello"]) {
    for (const what of ["cold", "warm ×50", "error", "timeout"]) assert.match(output, new RegExp(`✓ +invoke +${name} +${what} `));
  }
  for (const what of ["first byte", "breaks off"]) assert.match(output, new RegExp(`✓ +invoke +rust-stream +stream: ${what} `));
  assert.match(output, /✓ +url +rust-web +web server /);
  for (const what of ["mail: cold", "mail: warm", "mail ×200", "poison → dead letters"])
    assert.match(output, new RegExp(`✓ +queue +rust-mailer +${what} `));
  if (output.includes("$ lambent shadow")) {
    assert.match(output, /20 of 20 answers are the same/);
    assert.match(output, /orders:live has version 2\./);
    assert.match(output.trimEnd().split("\n").at(-1) ?? "", /saves \$[\d.]+ a month|They cost the same/);
  }
  while (demoProcesses().some((process) => !before.includes(process))) await delay(20); // the kernel ends them in its own time
});
