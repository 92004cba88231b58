// node:http without its module face. Importing that reads every export, the global WebSocket among them, and so loads undici:
// 30 ms and 13 MB of each start (docs/decisions/0003).

export const { createServer, request } = process.getBuiltinModule("node:http");
