// OS-only runtimes: the `bootstrap` at the root of the code, whatever it is (Rust, Go, a script).
// A bootstrap that stands in a layer only (/opt/bootstrap) comes with layers.

import type { RuntimeLaunch } from "./runtime.ts";

/** Runtime id → the name of its operating system in INIT_START. */
export const operatingSystems: Readonly<Record<string, string>> = { "provided.al2": "al2", "provided.al2023": "al2023" };

export function launchProvided(operatingSystem: string): RuntimeLaunch {
  return {
    mounts: [],
    argv: (paths) => [`${paths.task}/bootstrap`],
    defaults: () => ({}),
    reserved: {}, // no AWS_EXECUTION_ENV for these
    versionName: `provided:${operatingSystem}.v1`,
  };
}
