// Which shape of stem the environments of a version start in.

import type { FunctionVersion } from "../functions/version.ts";
import type { RuntimeLaunch } from "../runtimes/runtime.ts";
import type { Shape } from "../sandbox/sandbox.ts";
import type { InvokerParts } from "./ports.ts";

const RUNTIME_PORT = 9001;

export function shapeFor(version: FunctionVersion, runtime: RuntimeLaunch, parts: Pick<InvokerParts, "services" | "settings">): Shape {
  // The dynamic linker looks at /opt/lib when a process starts, and remembers what was not there.
  const mayBeEarly = version.layers?.haveLibraries !== true;
  const early = mayBeEarly ? runtime.earlyFor?.(version.memoryMb, version.variables) : undefined;
  return {
    mounts: runtime.mounts,
    network: parts.settings.network,
    listeners: [{ name: "runtime", port: RUNTIME_PORT }, ...parts.services.map((service) => service.listener)],
    ...(early === undefined ? {} : { early }),
  };
}
