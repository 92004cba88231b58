// The Telemetry API and the Logs API with real extensions that listen inside their sandboxes.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type DataPlane, until } from "./data-plane.ts";
import { listens, planeWith } from "./extension-scripts.ts";

type Told = [type: string, record: Record<string, unknown> & string];

/** What the extension got so far. */
function toldTo(plane: DataPlane, name: string): Told[] {
  const lines = plane.log.messages.filter((message) => message.startsWith(`${name} [`));
  return lines.map((line) => JSON.parse(line.slice(name.length + 1)));
}

function typesOf(told: readonly Told[]): string[] {
  return told.map(([type]) => type.replace("platform.", ""));
}

suite("telemetry", { timeout: 600_000 }, () => {
  test("tells of init, invocation and lines, in order, also what was before the subscription", async (t) => {
    const plane = await planeWith(t, { tells: listens("{}") });
    await plane.invoke({ do: "print-lines", count: 2, text: " line" }, { requestId: "11111111-0000-4000-8000-000000000001" });
    await plane.reported(1);
    await plane.invoker.close(0);
    assert.ok(plane.log.messages.includes('tells subscribed 200 "OK"'));
    assert.ok(plane.log.messages.includes("TELEMETRY\tName: tells\tState: Subscribed\tTypes: [Platform, Function]"));
    const told = toldTo(plane, "tells");
    // The runtime may be ready before the extension has subscribed.
    const [first, second, third, ...later] = typesOf(told);
    assert.deepEqual([first, ...[second, third].sort()], ["initStart", "initRuntimeDone", "telemetrySubscription"]);
    assert.deepEqual(later, ["initReport", "extension", "start", "function", "function", "runtimeDone", "report"]);
    const records = Object.fromEntries(told.map(([type, record]) => [type.replace("platform.", ""), record]));
    const { metrics, spans, ...done } = records.runtimeDone as unknown as { metrics: Record<string, number>; spans: { name: string }[] };
    assert.deepEqual(done, { requestId: "11111111-0000-4000-8000-000000000001", status: "success" });
    assert.deepEqual(
      spans.map(({ name }) => name),
      ["responseLatency", "responseDuration", "runtimeOverhead"],
    );
    assert.ok(metrics.durationMs! > 0 && metrics.producedBytes! > 0, JSON.stringify(metrics));
    assert.deepEqual(Object.keys(records.report!.metrics as object), [
      "durationMs",
      "billedDurationMs",
      "memorySizeMB",
      "maxMemoryUsedMB",
      "initDurationMs",
    ]);
    assert.deepEqual(records.extension, { name: "tells", state: "Ready", events: ["INVOKE", "SHUTDOWN"] });
    assert.deepEqual(records.function, "1 line");
  });

  test("tells that the runtime is done before the extension asks for its next event", async (t) => {
    const waits = listens("{}").replace(
      '    if event["eventType"] == "SHUTDOWN": break\n',
      '    if event["eventType"] == "SHUTDOWN": break\n    done.wait()\n    say("saw runtimeDone")\n',
    );
    const sets =
      'done = threading.Event()\nclass Listener(http.server.BaseHTTPRequestHandler):\n    def do_POST(self):\n        text = self.rfile.read(int(self.headers["content-length"])).decode()\n        if "platform.runtimeDone" in text: done.set()\n        self.send_response(200)\n        self.end_headers()\n    def log_message(self, *_): pass\nserver =';
    const body = waits.replace(/class Listener[\s\S]*?server =/, sets);
    const plane = await planeWith(t, { waits: body }, { program: "echo" });
    await plane.call({});
    const [record] = await plane.reported(1);
    assert.equal(record!.failure, undefined);
    assert.ok(plane.log.messages.includes("waits saw runtimeDone"));
  });

  test("reaches an extension on the real lambda-extension crate, with its events", async (t) => {
    const plane = await planeWith(t, { agent: { program: "agent" } });
    const requestId = "11111111-0000-4000-8000-000000000001";
    await plane.invoke({ do: "print-lines", count: 1, text: " line" }, { requestId });
    await plane.reported(1);
    await plane.invoker.close(0);
    const said = plane.log.messages.filter((message) => message.startsWith("agent ")).map((message) => message.slice(6));
    const billed = String(plane.records[0]!.billedMs);
    const expected = ["init OnDemand", `invoke ${requestId}`, "function 0 line", "done Success", `report ${billed}`, "shutdown spindown"];
    assert.deepEqual(said.toSorted(), expected.toSorted());
  });

  test("goes over TCP as lines of JSON, and tells of extensions' own lines to those who want them", async (t) => {
    const overTcp = `
import socket, threading
listener = socket.socket()
listener.bind(("127.0.0.1", 4244))
listener.listen()
got = []
def read():
    with listener.accept()[0].makefile() as lines:
        for text in lines: got.append(json.loads(text)["record"])
threading.Thread(target=read, daemon=True).start()
me, facts = register(["INVOKE"])
body = {"schemaVersion": "2025-01-29", "types": ["extension"], "buffering": {"timeoutMs": 25}, "destination": {"protocol": "TCP", "URI": "tcp://sandbox.localdomain:4244"}}
say(call("PUT", "/2022-07-01/telemetry", json.dumps(body), {"Lambda-Extension-Identifier": me})[0].status)
next_event(me)
say("heard later")
while not any("heard later" in record for record in got): time.sleep(0.01)
open("/tmp/heard", "w").write(json.dumps(got))
next_event(me)`;
    const plane = await planeWith(t, { tcp: overTcp });
    await plane.call({ do: "sleep", ms: 1 });
    await plane.reported(1);
    const { text } = (await plane.call({ do: "read-file", path: "/tmp/heard" })) as { text: string };
    assert.deepEqual(JSON.parse(text), ["tcp 200", "tcp heard later"]);
  });

  test("is told again where the listener answers with an error", async (t) => {
    const refusesOnce = listens("{}").replace(
      "    def do_POST(self):\n",
      "    count = 0\n    def do_POST(self):\n        Listener.count += 1\n        if Listener.count == 1:\n            self.rfile.read(int(self.headers['content-length'])); self.send_response(500); self.end_headers(); return\n",
    );
    const plane = await planeWith(t, { refuses: refusesOnce });
    await plane.invoke({ do: "echo", value: 1 });
    await plane.reported(1);
    await plane.invoker.close(0);
    assert.equal(typesOf(toldTo(plane, "refuses"))[0], "initStart");
  });

  test("gives old subscribers what the Logs API knew", async (t) => {
    const logs = listens('{"schemaVersion": "2021-03-18"}', { api: "2020-08-15/logs" });
    const plane = await planeWith(t, { logs });
    await plane.invoke({ do: "print-lines", count: 1, text: ' {"a":1}' });
    await plane.reported(1);
    await plane.invoker.close(0);
    assert.ok(plane.log.messages.includes("LOGS\tName: logs\tState: Subscribed\tTypes: [Platform, Function]"));
    const types = typesOf(toldTo(plane, "logs"));
    assert.deepEqual(
      types.filter((type) => type !== "initRuntimeDone" && type !== "initReport"),
      ["logsSubscription", "extension", "start", "function", "runtimeDone", "end", "report"],
    );
  });

  test("refuses a subscription by AWS's texts, and any after the init", async (t) => {
    const late = `${listens('{"types": [], "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain"}}').split(
      "while True:",
    )[0]!}
next_event(me)
good = {"schemaVersion": "2022-07-01", "types": ["platform"], "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243"}}
say(call("PUT", "/2022-07-01/telemetry", json.dumps(good), {"Lambda-Extension-Identifier": me})[1])
next_event(me)`;
    const plane = await planeWith(t, { late }, { program: "echo" });
    await plane.call({});
    await plane.reported(1);
    assert.deepEqual(
      plane.log.messages.filter((message) => message.startsWith("late ")),
      [
        'late subscribed 400 {"errorMessage":"URI port is not provided; types should not be empty","errorType":"ValidationError"}\n',
        'late {"errorMessage":"Telemetry API subscription is closed already","errorType":"Telemetry.SubscriptionClosed"}\n',
      ].map((line) => line.trimEnd()),
    );
  });

  test("an extension without a listener costs records and no invocation", async (t) => {
    const deaf = listens("{}").replace("threading.Thread(target=server.serve_forever, daemon=True).start()", "server.server_close()");
    const shutdown = { internalMs: 500, externalMs: 2000, runtimeMs: 600, telemetryMs: 300 };
    const plane = await planeWith(t, { deaf }, { program: "echo", settings: { shutdown } });
    for (let n = 0; n < 3; n++) assert.deepEqual(await plane.call({ n }), { n });
    await plane.reported(3);
    await until(() => plane.records.length === 3);
    assert.ok(plane.records.every((record) => record.failure === undefined));
  });
});
