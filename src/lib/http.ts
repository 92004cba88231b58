// node:http without its module face. Importing that reads every export, the global WebSocket among them, and so loads undici:
// 30 ms and 13 MB of each start (docs/decisions/0003).

const { createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");

export { createServer, STATUS_CODES };

/** The client for a URL's protocol; TLS is loaded at first need. */
export function requestOver(protocol: string): typeof request {
  return protocol === "https:" ? process.getBuiltinModule("node:https").request : request;
}
