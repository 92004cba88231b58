// The way in on a fresh clone: installs what the lockfile names if it changed, then runs one of our programs under the pinned Node 24.
// Plain JavaScript that Node 20 understands, with no dependency: it runs before there is any.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".lambent-lockfile");
const [program, ...rest] = process.argv.slice(2);
if (!program) fail("usage: node scripts/run.mjs PROGRAM.ts [ARGUMENT ...]");

installIfNeeded();
const node =
  pinnedNode() ??
  fail(
    `lambent needs Node 24 or newer and there is no pinned Node for ${process.platform}-${process.arch}. Install Node 24 (https://nodejs.org) and run this again.`,
  );
// Unbounded, the young generation of a busy server takes 40 MB more for the same CPU: docs/decisions/0012-warm-invocation.md.
const options = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=32"];
const child = spawn(node, [...options, join(root, program), ...rest], {
  stdio: "inherit",
  cwd: callersFolder(),
  // Half of a start is reading and stripping some 400 files: Node keeps what it made of them.
  env: { NODE_COMPILE_CACHE: join(root, ".cache", "compile"), ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 1;
  if (signal === null) return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});

/** `npm ci` only when the lockfile is not the one that node_modules was made from. */
function installIfNeeded() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  process.stderr.write("Installing dependencies (npm ci) …\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) fail(`npm ci ended with ${npm.status}. Its own message is above.`);
  mkdirSync(modules, { recursive: true });
  writeFileSync(stampFile, wanted);
}

/** npm runs its scripts in the package's folder, but what a user names to the command lies where npm was called. */
function callersFolder() {
  const isFromNpm = process.env.npm_lifecycle_event !== undefined && process.cwd() === root;
  return isFromNpm && program === "src/main.ts" ? process.env.INIT_CWD : process.cwd();
}

function pinnedNode() {
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const found = names.map((name) => join(modules, name, "bin", "node")).find((path) => existsSync(path));
  if (found) return found;
  return Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : undefined;
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
