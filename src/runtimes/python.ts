// Python runtimes: guest/python on an interpreter of this machine.
// AWS: boto3 is part of the runtime there; here a function has what it brings, and what is installed for the interpreter.

import { mayStartEarly } from "./early.ts";
import { place } from "./placement.ts";
import { type FoundInterpreter, type RuntimeFamily, type RuntimeLaunch, type RuntimePaths, wrapped } from "./runtime.ts";

export const python: RuntimeFamily = {
  language: "python",
  versions: { "python3.9": 9, "python3.10": 10, "python3.11": 11, "python3.12": 12, "python3.13": 13, "python3.14": 14 },
  launch: launchPython,
};

function launchPython(id: string, interpreter: FoundInterpreter): RuntimeLaunch {
  const { mounts, program } = place("python", interpreter);
  const bootstrap = "/var/runtime/bootstrap.py";
  // -I: nothing of its surroundings counts until the function's variables are known. Otherwise PYTHON* variables do, as on AWS.
  const early = [program, "-I", bootstrap, "--early"];
  return {
    mounts,
    earlyFor: (_memoryMb, variables) => (mayStartEarly(variables) ? early : undefined),
    argv: (paths, variables = {}) => wrapped([paths.mounted(program), paths.mounted(bootstrap)], variables),
    defaults: (paths) => ({ PYTHONPATH: [...layerFolders(paths), paths.mounted("/var/runtime")].join(":") }),
    reserved: { AWS_EXECUTION_ENV: `AWS_Lambda_${id}` },
    versionName: `python:${id.slice("python".length)}.v1`,
    ...(interpreter.warning === undefined ? {} : { warning: interpreter.warning }),
  };
}

/** The guest knows /opt; without namespaces layers stand elsewhere. */
function layerFolders({ layers }: RuntimePaths): readonly string[] {
  return layers === "/opt" ? [] : [`${layers}/python`];
}
