// npm test: everything, or a part by name ("check", "unit", "contract", "services", "package") or by path. Exit code 0 only if all of it was good.

import { statSync } from "node:fs";
import { join } from "node:path";
import { root, tryCommand } from "./command.ts";
import { ensurePackages } from "./debian.ts";
import { pythonEnv } from "./python-env.ts";
import { commandSection, runSections, type Section } from "./sections.ts";
import { runSuites, testFiles } from "./suites.ts";

const DEBIAN_PACKAGES = ["bubblewrap", "slirp4netns", "awscli", "chromium", "curl", "openssl", "postgresql", "python3-venv"];

const CHECKS: readonly Section[] = [
  commandSection("types (tsc)", [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", "."]),
  commandSection("lint and format (biome)", [join(root, "node_modules/.bin/biome"), "ci", "--error-on-warnings", "."]),
];

const CLIENTS_AND_SERVERS: readonly Section[] = [
  { name: "Debian packages", run: async () => warningOf(await ensurePackages(DEBIAN_PACKAGES)) },
  { name: "Python clients", run: async () => void (await pythonEnv()) },
  { name: "checkers of deploy/", run: async () => void (await pythonEnv("checkers")) },
  { name: "reader of metrics", run: async () => void (await pythonEnv("monitoring")) },
  { name: "S3 server (moto)", run: async () => void (await pythonEnv("bucket")) },
];

const RUST_PROGRAMS: readonly Section[] = [
  { name: "Rust functions", run: async () => void (await (await import("./build-functions.ts")).buildFunctions()) },
  { name: "launcher (stem)", run: async () => void (await (await import("../src/sandbox/build-stem.ts")).buildStem()) },
];

/** In a target directory of its own, so it waits for no other build. */
const WEB_ADAPTER: readonly Section[] = [
  { name: "AWS Lambda Web Adapter", run: async () => void (await (await import("./web-adapter.ts")).webAdapter()) },
];

const RUST_CHECKS: readonly Section[] = [
  { name: "Rust format", run: () => cargoTool("fmt", ["--all", "--check"]) },
  // the profile of the functions: what runs at compile time, macros first, is there already
  { name: "Rust lint", run: () => cargoTool("clippy", ["--workspace", "--all-targets", "--locked", "--quiet", "--profile", "quick"]) },
];

const PARTS: Readonly<Record<string, readonly string[]>> = {
  all: ["tests/**/*.test.ts"],
  check: ["tests/tidy.test.ts", "tests/tidy/*.test.ts"],
  unit: ["tests/*/**/*.test.ts"],
  contract: ["tests/contract/**/*.test.ts"],
  services: ["tests/services/**/*.test.ts"],
  package: ["tests/package.test.ts"],
};
const NOT_UNIT = /^tests\/(contract|services)\//;

const isGood = await main(process.argv.slice(2));
process.exit(isGood ? 0 : 1); // a process that a test left may hold a pipe to this one, and the run would never end

async function main(names: readonly string[]): Promise<boolean> {
  forgetCallersSettings();
  const wanted = names.length === 0 ? ["all"] : names;
  const files = new Set(wanted.flatMap(filesOf));
  if (files.size === 0) {
    process.stderr.write(`Nothing is called ${wanted.join(" ")}. Parts: ${Object.keys(PARTS).join(", ")}; or give paths of test files.\n`);
    return false;
  }
  const areReady = await runSections(lanesOf(wanted));
  const unshare = wanted.some((name) => name in PARTS && name !== "check")
    ? await (await import("./shared-postgres.ts")).sharePostgres()
    : undefined;
  const isGood = await runSuites([...files]);
  await unshare?.();
  return isGood && areReady;
}

function filesOf(name: string): readonly string[] {
  const found = testFiles(
    PARTS[name] ?? [statSync(join(root, name), { throwIfNoEntry: false })?.isDirectory() ? `${name}/**/*.test.ts` : name],
  );
  return name === "unit" ? found.filter((file) => !NOT_UNIT.test(file)) : found;
}

/** The whole run checks everything; a part prepares what it needs; paths are an inner loop and prepare nothing. */
function lanesOf(wanted: readonly string[]): readonly (readonly Section[])[] {
  if (wanted.includes("all")) return [[...CHECKS, ...CLIENTS_AND_SERVERS], [...RUST_PROGRAMS, ...RUST_CHECKS], WEB_ADAPTER];
  if (wanted.every((name) => name === "check")) return [CHECKS];
  return wanted.some((name) => name in PARTS) ? [CLIENTS_AND_SERVERS, RUST_PROGRAMS, WEB_ADAPTER] : [];
}

/** Tests choose their own servers and keys: a developer's AWS profile or a running lambent must not leak in. */
function forgetCallersSettings(): void {
  for (const name of Object.keys(process.env)) if (/^(AWS|LAMBENT)_/.test(name)) delete process.env[name];
}

/** rustup installs without these tools are fine. */
async function cargoTool(tool: string, args: readonly string[]) {
  if ((await tryCommand(["cargo", tool, "--version"])).code !== 0) return warningOf(`cargo ${tool} is not installed here.`);
  const { code, output } = await tryCommand(["cargo", tool, ...args]);
  return code === 0 ? undefined : { kind: "failure" as const, words: output };
}

function warningOf(words: string | undefined): { kind: "warning"; words: string } | undefined {
  return words === undefined ? undefined : { kind: "warning", words };
}
