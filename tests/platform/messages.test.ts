// What functions of managed runtimes log becomes events: a message of several lines is one, as AWS's own runtimes frame them.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { zipOf } from "../services/lambda/zip-of.ts";
import { REGION, type RunningServer, startServer } from "./running-server.ts";

const NODE = `console.log("init one\\n init two");
export const handler = async () => {
  console.error("one\\n\\n two");
  process.stdout.write("written one\\nwritten two\\n");
};`;
const PYTHON = `import logging
def handler(event, context):
    logging.warning("one\\n\\n two")
    print("printed one\\nprinted two")
    raise ValueError("bad")
`;

describe("messages of several lines", { timeout: 300_000 }, () => {
  let server: RunningServer;
  let logs: CloudWatchLogsClient;

  before(async () => {
    server = await startServer();
    logs = new CloudWatchLogsClient({ endpoint: server.process.endpoint, region: REGION, credentials: server.client.config.credentials });
  });
  after(async () => {
    logs?.destroy();
    await server?.close();
  });

  /** All that it has printed and logged, without what stands in front of a message. */
  async function messagesOf(name: string): Promise<string[]> {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
    const printed = events.map(({ message = "" }) => message).filter((message) => !/^(INIT_START|START|END|REPORT) /.test(message));
    return printed.map((message) => message.slice(message.lastIndexOf("\t") + 1));
  }

  test("of console in Node.js are one event; what is written to stdout is an event for each line", async () => {
    await server.create("node", await zipOf({ "index.mjs": NODE }), { Runtime: "nodejs24.x" });
    await server.call("node");
    assert.deepEqual(await messagesOf("node"), ["init one\n init two\n", "one\n\n two\n", "written one\n", "written two\n"]);
  });

  test("of logging in Python, and its errors with their traces, are one event; what is printed is an event for each line", async () => {
    await server.create("python", await zipOf({ "index.py": PYTHON }), { Runtime: "python3.12" });
    await assert.rejects(server.call("python"), /bad/);
    const [logged, one, two, error, ...more] = await messagesOf("python");
    assert.deepEqual([logged, one, two, more], ["one\n\n two\n", "printed one\n", "printed two\n", []]);
    assert.match(error!, /^\[ERROR\] ValueError: bad\nTraceback \(most recent call last\):\n\u00a0\u00a0File /);
  });
});
