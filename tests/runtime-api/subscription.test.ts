// Which subscriptions the Telemetry API and the Logs API take, with AWS's bounds.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseSubscription, type TelemetryApi } from "../../src/runtime-api/subscription.ts";

const good = {
  schemaVersion: "2025-01-29",
  types: ["platform", "function", "extension"],
  destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:8080/path?x=1" },
};

function parsed(request: object, api: TelemetryApi = "telemetry") {
  return parseSubscription(api, Buffer.from(JSON.stringify(request)));
}

function problem(request: object, api: TelemetryApi = "telemetry"): string {
  const answer = parsed(request, api);
  assert.ok("status" in answer, "it was taken");
  assert.equal(answer.status, 400);
  return JSON.parse(answer.body).errorMessage;
}

suite("subscriptions", () => {
  test("take AWS's defaults", () => {
    assert.deepEqual(parsed(good), {
      api: "telemetry",
      schemaVersion: "2025-01-29",
      types: ["platform", "function", "extension"],
      destination: { protocol: "HTTP", port: 8080, path: "/path?x=1", method: "POST" },
      buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1000 },
    });
    const { schemaVersion, ...unversioned } = good;
    assert.ok(!("status" in parsed(unversioned, "logs")), schemaVersion);
  });

  for (const [name, values] of Object.entries({ maxItems: [999, 10_001], maxBytes: [262_143, 1_048_577], timeoutMs: [24, 30_001] })) {
    for (const value of values) {
      test(`refuse ${name} ${value}`, () => {
        assert.match(problem({ ...good, buffering: { [name]: value } }), new RegExp(`^${name} should be between`));
      });
    }
  }

  for (const [uri, expected] of [
    ["http://sandbox.localdomain", /^URI port is not provided$/],
    ["https://sandbox.localdomain:8080", /^URI should be/],
    ["http://169.254.169.254:80", /^URI should be/],
    ["http://sandbox.localdomain:9001", /^port 9001 is reserved$/],
    ["not an address", /^URI should be/],
  ] as const) {
    test(`refuse to send to ${uri}`, () => {
      assert.match(problem({ ...good, destination: { protocol: "HTTP", URI: uri } }), expected);
    });
  }

  test("refuse unknown types, schemas and protocols by name", () => {
    const message = problem({ ...good, schemaVersion: "2020-01-01", types: ["metrics"], destination: { protocol: "UDP" } });
    for (const word of ["schemaVersion", "protocol", "metrics"]) assert.ok(message.includes(word), message);
  });

  test("refuse what is no JSON object", () => {
    const answer = parseSubscription("logs", Buffer.from("[1"));
    assert.ok("status" in answer);
    assert.equal(JSON.parse(answer.body).errorType, "Logs.ValidationError");
  });
});
