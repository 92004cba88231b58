import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const processesWith = (mark: string) =>
  execFileSync("ps", ["-eww", "-o", "args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(`sleep ${mark}`));

const briefly = () => new Promise((resolve) => setTimeout(resolve, 20));

it("a killed server leaves no process and no /tmp of the driver without isolation", { timeout: 300_000 }, async (t) => {
  const mark = `7${Date.now()}`;
  const victim = spawn(process.execPath, [fileURLToPath(new URL("./process-victim.ts", import.meta.url)), mark], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => victim.kill("SIGKILL"));
  const folders: string[] = [];
  for await (const line of createInterface({ input: victim.stdout })) {
    if (line === "all ready") break;
    folders.push(line.replace("ready in ", ""));
  }
  assert.equal(folders.filter(existsSync).length, 2, folders.join());
  while (processesWith(mark).length < 7) await briefly(); // a shell says that it is ready before it forks
  victim.kill("SIGKILL");
  while (processesWith(mark).length > 0 || folders.some(existsSync)) await briefly();
});
