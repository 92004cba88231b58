// One Python environment for all tests: boto3, aws-cli and cargo-lambda at the versions of python-requirements.txt, under .cache/python.
// Made at first use, made anew when the requirements or the interpreter change.

import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, root, tryCommand } from "./command.ts";
import { withLock } from "./lock.ts";

const home = join(root, ".cache", "python");
const requirements = join(root, "scripts", "python-requirements.txt");
const stamp = join(home, "lambent-stamp");

export interface PythonEnv {
  /** Path of the interpreter. */
  readonly python: string;
  /** Path of an installed program: "aws", "cargo-lambda". */
  bin(name: string): string;
}

/** Throws with the remedy when there is no Python 3.10 or it cannot make environments. */
export function pythonEnv(): Promise<PythonEnv> {
  return withLock(`${home}.lock`, async () => {
    const wanted = await fingerprint();
    if ((await readFile(stamp, "utf8").catch(() => "")) !== wanted) await build(wanted);
    return { python: join(home, "bin", "python"), bin: (name) => join(home, "bin", name) };
  });
}

async function fingerprint(): Promise<string> {
  const version = await tryCommand(["python3", "--version"]);
  if (version.code !== 0)
    throw new Error("The tests need Python 3.10 or newer as python3 (Debian and Ubuntu: apt-get install python3 python3-venv).");
  return createHash("sha256")
    .update(version.output)
    .update(await readFile(requirements))
    .digest("hex");
}

async function build(wanted: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  const made = await tryCommand(["python3", "-m", "venv", home]);
  if (made.code !== 0)
    throw new Error(`python3 cannot make a virtual environment (Debian and Ubuntu: apt-get install python3-venv).\n${made.output}`);
  await command([
    join(home, "bin", "python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--disable-pip-version-check",
    "-r",
    requirements,
  ]);
  await writeFile(stamp, wanted);
}
