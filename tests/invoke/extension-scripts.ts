// Extensions for tests: Python programs in a folder that is shown as /opt, beside a function of the fixture crate.

import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type DataPlane, functionProgram, type PlaneOptions, planeOf } from "./data-plane.ts";

/** register(events, **headers) → (identifier, facts); next_event(identifier) → event; fail("init" | "exit", identifier, type) → status. */
const PRELUDE = `#!/usr/bin/env python3
import http.client, json, os, sys, time
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
name = os.path.basename(sys.argv[0])
def call(method, path, body="", headers={}):
    connection = http.client.HTTPConnection(api)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text
def register(events, headers={}):
    response, text = call("POST", "/2020-01-01/extension/register", json.dumps({"events": events}), {"Lambda-Extension-Name": name, **headers})
    return response.headers["Lambda-Extension-Identifier"], json.loads(text)
def next_event(identifier):
    return json.loads(call("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})[1])
def fail(kind, identifier, type):
    headers = {"Lambda-Extension-Identifier": identifier, "Lambda-Extension-Function-Error-Type": type}
    return call("POST", "/2020-01-01/extension/%s/error" % kind, '{"errorMessage":"m","errorType":"t","stackTrace":[]}', headers)[0].status
def say(*words):
    print(name, *words, flush=True)
`;

/** Prints every event as JSON and ends with SHUTDOWN. */
export const TELLS = `
me, facts = register(["INVOKE", "SHUTDOWN"])
while True:
    event = next_event(me)
    say(json.dumps(event))
    if event["eventType"] == "SHUTDOWN": break
`;

/** Subscribes with `subscription` (Python) and prints every record that it gets as "name [type, record]"; then as TELLS. */
export function listens(
  subscription: string,
  options: { readonly api?: string; readonly port?: number; readonly events?: string } = {},
): string {
  const { api = "2022-07-01/telemetry", port = 4243, events = '["INVOKE", "SHUTDOWN"]' } = options;
  return `
import http.server, threading
class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for record in json.loads(self.rfile.read(int(self.headers["content-length"]))):
            say(json.dumps([record["type"], record["record"]]))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("sandbox.localdomain" if os.path.exists("/var/task") else "127.0.0.1", ${port}), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
me, facts = register(${events})
body = {"schemaVersion": "2022-12-13", "types": ["platform", "function"], "buffering": {"timeoutMs": 25},
        "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:${port}/records?x=1"}, **${subscription}}
response, text = call("PUT", "/${api}", json.dumps(body), {"Lambda-Extension-Identifier": me})
say("subscribed", response.status, text)
while True:
    event = next_event(me)
    if event["eventType"] == "SHUTDOWN": break
say("leaves")
`;
}

/** A plane for a Rust program with these extensions, by name: Python, or another program of the fixture crate. It is closed after the test. `mode` is that of the files. */
export async function planeWith(
  t: TestContext,
  extensions: Readonly<Record<string, string | { readonly program: string }>>,
  { program = "scenario", mode = 0o755, ...options }: PlaneOptions & { program?: string; mode?: number } = {},
): Promise<DataPlane> {
  const layers = await mkdtemp(join(tmpdir(), "lambent-layers-"));
  await chmod(layers, 0o755);
  await mkdir(join(layers, "extensions"), { mode: 0o755 });
  for (const [name, body] of Object.entries(extensions)) {
    const file = join(layers, "extensions", name);
    if (typeof body === "string") await writeFile(file, PRELUDE + body);
    else await copyFile(await functionProgram(body.program), file);
    await chmod(file, mode);
  }
  const plane: DataPlane = await planeOf(program, {
    ...options,
    parts: { ...options.parts, codeFor: async () => ({ code: plane.directory, layers }) },
  });
  t.after(async () => {
    await plane.close();
    await rm(layers, { recursive: true });
  });
  return plane;
}
