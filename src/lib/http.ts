// node:http without its module face. Importing that reads every export, the global WebSocket among them, and so loads undici:
// 30 ms and 13 MB of each start (docs/decisions/0003).

import type { Agent, AgentOptions } from "node:http";

const { createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");

export { createServer, request, STATUS_CODES };

/** Keeps connections for requests to come. */
export function newAgent(options: AgentOptions, protocol = "http:"): Agent {
  return new (process.getBuiltinModule(protocol === "https:" ? "node:https" : "node:http").Agent)(options);
}

/** The client for a URL's protocol; TLS is loaded at first need. */
export function requestOver(protocol: string): typeof request {
  return protocol === "https:" ? process.getBuiltinModule("node:https").request : request;
}
