// Runs an interpreter once to hear what it is. The only place in this room that starts a process.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Interpreter, Language } from "./runtime.ts";

const TIMEOUT_MS = 10_000;

const QUESTIONS: Readonly<Record<Language, readonly string[]>> = {
  nodejs: [
    "-p",
    `JSON.stringify({
      executable: process.execPath,
      prefix: path.dirname(path.dirname(process.execPath)),
      version: process.versions.node.split(".").map(Number),
      bound: false,
      options: ["experimental-require-module", "experimental-detect-module"].filter((name) => process.allowedNodeEnvironmentFlags.has("--" + name)),
    })`,
  ],
  python: [
    "-I",
    "-c",
    `import json, os, sys, sysconfig
print(json.dumps({
  "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
  "prefix": os.path.realpath(sys.base_prefix),
  "version": sys.version_info[:3],
  "bound": bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
  "options": [],
}))`,
  ],
};

/** Undefined when it does not run or does not answer: a broken installation, or something else of that name. */
export async function inspectInterpreter(language: Language, path: string): Promise<Interpreter | undefined> {
  try {
    // An empty environment: NODE_OPTIONS, PYTHONHOME and their like must not change the answer. PATH is for shims.
    const { stdout } = await promisify(execFile)(path, QUESTIONS[language], {
      timeout: TIMEOUT_MS,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    });
    return JSON.parse(stdout) as Interpreter;
  } catch {
    return undefined;
  }
}
