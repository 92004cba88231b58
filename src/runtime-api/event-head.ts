// Renders the head of /next's answer; the payload follows as it came.

import type { RuntimeEvent } from "./runtime-event.ts";

const UNSAFE = /[\0-\x1f\x7f]+/g;
const BEYOND_ASCII = /[^\0-\x7f]/;

/** A character for each byte of its UTF-8: the client context may hold any character but those that would end a header. */
export function renderEventHead(event: RuntimeEvent): string {
  let head =
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ${event.requestId}\r\n` +
    `Lambda-Runtime-Deadline-Ms: ${event.deadlineMs}\r\nLambda-Runtime-Invoked-Function-Arn: ${event.invokedArn}\r\n` +
    `Lambda-Runtime-Invocation-Id: ${event.invocationId}\r\n`;
  if (event.traceHeader !== undefined) head += `Lambda-Runtime-Trace-Id: ${onOneLine(event.traceHeader)}\r\n`;
  if (event.clientContext !== undefined) head += `Lambda-Runtime-Client-Context: ${onOneLine(event.clientContext)}\r\n`;
  return `${head}Content-Length: ${event.payload.length}\r\n\r\n`;
}

/** JSON text may be spread over lines; in a header it may not. Line ends inside JSON are white space only. */
function onOneLine(value: string): string {
  const line = value.replace(UNSAFE, " ");
  return BEYOND_ASCII.test(line) ? Buffer.from(line, "utf8").toString("latin1") : line;
}
