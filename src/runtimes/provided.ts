// OS-only runtimes: the `bootstrap` at the root of the code, or else of the layers, whatever it is (Rust, Go, a script).

import type { RuntimeLaunch } from "./runtime.ts";

/** Runtime id → the name of its operating system in INIT_START. */
export const operatingSystems: Readonly<Record<string, string>> = { "provided.al2": "al2", "provided.al2023": "al2023" };

export function launchProvided(operatingSystem: string): RuntimeLaunch {
  return {
    mounts: [],
    argv: (paths, _variables, bootstrapIn = "task") => [`${paths[bootstrapIn]}/bootstrap`],
    defaults: () => ({}),
    reserved: {}, // no AWS_EXECUTION_ENV for these
    versionName: `provided:${operatingSystem}.v1`,
  };
}
