// Where things stand inside a sandbox that has a mount namespace: at AWS's own places.

import type { SandboxPaths } from "./sandbox.ts";

export const PATHS_INSIDE: SandboxPaths = { task: "/var/task", layers: "/opt", tmp: "/tmp", mounted: (path) => path };
