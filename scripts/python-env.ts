// Python environments for tests, under .cache: the clients that they drive, at the versions of python-requirements.txt, what checks the files
// of deploy/, and a server of S3. Made at first use, made anew when their requirements or the interpreter change.

import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, root, tryCommand } from "./command.ts";
import { withLock } from "./lock.ts";

/** Apart, because a change of one does not concern what runs in the other; and the checkers have 150 MB that one suite needs. */
const ENVIRONMENTS = {
  clients: { home: join(root, ".cache", "python"), requirements: join(root, "scripts", "python-requirements.txt") },
  bucket: { home: join(root, ".cache", "python-bucket"), requirements: join(root, "scripts", "python-bucket.txt") },
  monitoring: { home: join(root, ".cache", "python-monitoring"), requirements: join(root, "scripts", "python-monitoring.txt") },
  checkers: { home: join(root, ".cache", "python-checkers"), requirements: join(root, "scripts", "python-checkers.txt") },
} as const;

interface Place {
  readonly home: string;
  readonly requirements: string;
}

export interface PythonEnv {
  /** Path of the interpreter. */
  readonly python: string;
  /** Path of an installed program: "aws", "cargo-lambda". */
  bin(name: string): string;
}

/** Throws with the remedy when there is no Python 3.10 or it cannot make environments. */
export function pythonEnv(name: keyof typeof ENVIRONMENTS = "clients"): Promise<PythonEnv> {
  const place = ENVIRONMENTS[name];
  const { home } = place;
  return withLock(`${home}.lock`, async () => {
    const stamp = join(home, "lambent-stamp");
    const wanted = await fingerprint(place);
    if ((await readFile(stamp, "utf8").catch(() => "")) !== wanted) {
      await build(place);
      await writeFile(stamp, wanted);
    }
    return { python: join(home, "bin", "python"), bin: (program) => join(home, "bin", program) };
  });
}

async function fingerprint({ requirements }: Place): Promise<string> {
  const version = await tryCommand(["python3", "--version"]);
  if (version.code !== 0)
    throw new Error("The tests need Python 3.10 or newer as python3 (Debian and Ubuntu: apt-get install python3 python3-venv).");
  return createHash("sha256")
    .update(version.output)
    .update(await readFile(requirements))
    .digest("hex");
}

async function build({ home, requirements }: Place): Promise<void> {
  await rm(home, { recursive: true, force: true });
  const made = await tryCommand(["python3", "-m", "venv", home]);
  if (made.code !== 0)
    throw new Error(`python3 cannot make a virtual environment (Debian and Ubuntu: apt-get install python3-venv).\n${made.output}`);
  const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "-r", requirements];
  await command([join(home, "bin", "python"), ...install]);
}
