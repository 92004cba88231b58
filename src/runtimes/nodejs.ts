// Node.js runtimes: guest/node on an interpreter of this machine.

import { mayStartEarly } from "./early.ts";
import { place } from "./placement.ts";
import { type FoundInterpreter, type RuntimeFamily, type RuntimeLaunch, type Variables, wrapped } from "./runtime.ts";

export const nodejs: RuntimeFamily = {
  language: "nodejs",
  versions: { "nodejs20.x": 20, "nodejs22.x": 22, "nodejs24.x": 24, "nodejs26.x": 26 },
  launch: launchNode,
};

/** Features that AWS turns off in a version; NODE_OPTIONS turns them on again. docs/lambda/latest/dg/lambda-nodejs.md#nodejs-experimental-features */
const TURNED_OFF: Readonly<Record<number, readonly string[]>> = {
  20: ["experimental-require-module"],
  22: ["experimental-require-module", "experimental-detect-module"],
};

function launchNode(id: string, interpreter: FoundInterpreter): RuntimeLaunch {
  const major = nodejs.versions[id]!;
  const { mounts, program } = place("nodejs", interpreter);
  const bootstrap = "/var/runtime/bootstrap.cjs";
  const features = (TURNED_OFF[major] ?? []).filter((feature) => interpreter.options.includes(feature));
  const flags = (variables: Variables) => [...heapFlags(variables), ...featureFlags(features, variables)];
  return {
    mounts,
    earlyFor: (memoryMb, variables) =>
      mayStartEarly(variables)
        ? [program, ...flags({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) }), bootstrap, "--early"]
        : undefined,
    argv: (paths, variables = {}) => wrapped([paths.mounted(program), ...flags(variables), paths.mounted(bootstrap)], variables),
    defaults: (paths) => ({
      NODE_PATH: [
        `${paths.layers}/nodejs/node${major}/node_modules`,
        `${paths.layers}/nodejs/node_modules`,
        `${paths.mounted("/var/runtime")}/node_modules`,
      ].join(":"),
    }),
    reserved: { AWS_EXECUTION_ENV: `AWS_Lambda_${id}` },
    versionName: `nodejs:${major}.v1`,
    ...(interpreter.warning === undefined ? {} : { warning: interpreter.warning }),
  };
}

/** As AWS sizes it: a tenth for new objects, the rest for old ones. Without it V8 collects too late for a small sandbox, and is killed. */
function heapFlags(variables: Variables): readonly string[] {
  const memoryMb = Number(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  const ownChoice = /--max[-_](old[-_]space|semi[-_]space|heap)[-_]size/.test(variables.NODE_OPTIONS ?? "");
  if (!(memoryMb > 0) || ownChoice) return [];
  const newMb = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(newMb / 2)}`, `--max-old-space-size=${memoryMb - newMb}`];
}

function featureFlags(features: readonly string[], variables: Variables): readonly string[] {
  const wanted = variables.NODE_OPTIONS ?? "";
  return features.filter((feature) => !wanted.includes(`--${feature}`)).map((feature) => `--no-${feature}`);
}
