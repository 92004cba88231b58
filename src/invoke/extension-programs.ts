// The external extensions of a function: the files in its layers' extensions folder, each started as a program of its own.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EXTENSIONS_MAX } from "../runtime-api/extension-registry.ts";
import type { Companion, SandboxPaths } from "../sandbox/sandbox.ts";

/** AWS: "specific to the runtime process". */
const FOR_RUNTIME_ONLY = [
  "_HANDLER",
  "_AWS_XRAY_DAEMON_ADDRESS",
  "_AWS_XRAY_DAEMON_PORT",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_XRAY_CONTEXT_MISSING",
  "AWS_XRAY_DAEMON_ADDRESS",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
];

/** Names of the files, at most as many as may register. `layers` is the host's folder of what is seen as /opt. */
export async function extensionNames(layers: string | undefined): Promise<readonly string[]> {
  if (layers === undefined) return [];
  const entries = await readdir(join(layers, "extensions"), { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  return files.sort().slice(0, EXTENSIONS_MAX);
}

export function extensionPrograms(names: readonly string[], paths: SandboxPaths, variables: Readonly<Record<string, string>>): Companion[] {
  const theirs = Object.fromEntries(Object.entries(variables).filter(([name]) => !FOR_RUNTIME_ONLY.includes(name)));
  return names.map((name) => ({ name, argv: [join(paths.layers, "extensions", name)], variables: theirs }));
}
