// What functions find inside their sandbox beside the Runtime API.

import type { Access } from "../access/access.ts";
import type { Config } from "../config.ts";
import type { FunctionVersion } from "../functions/version.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { SandboxService } from "../invoke/ports.ts";
import { exposedService } from "../sandbox/expose.ts";
import type { Caller } from "../wire/call.ts";

const ENDPOINT_PORT = 4566;

export interface Inside {
  readonly services: readonly SandboxService[];
  /** For a candidate in a shadow: the endpoint alone, and of that what reads. */
  readonly readOnly: readonly SandboxService[];
}

/** What functions reach beside the Runtime API: this server's AWS endpoint, as the role of their environment, and what the operator exposes. */
export function sandboxServices(config: Config, access: Access, front: { readonly gateway?: Gateway }): Inside {
  const callerOf = (version: FunctionVersion) => access.callerInRole(version.role, version.name, version.region);
  const endpoint = (limits: Pick<Caller, "mayOnlyRead">): SandboxService => ({
    listener: { name: "endpoint", port: ENDPOINT_PORT },
    accept: (socket, version) => front.gateway?.accept(socket, { ...callerOf(version), ...limits }),
  });
  return { services: [endpoint({}), ...config.expose.map(exposedService)], readOnly: [endpoint({ mayOnlyRead: true })] };
}
