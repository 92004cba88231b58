import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { lambent } from "./lambent.ts";

test("env prints what a shell can evaluate", async () => {
  const environment = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "it's $secret", AWS_REGION: "eu-west-1" };
  const { out } = await lambent(["env", "--endpoint-url", "http://127.0.0.1:4567/"], { environment });
  const script = `${out}echo "$AWS_ENDPOINT_URL|$AWS_ACCESS_KEY_ID|$AWS_SECRET_ACCESS_KEY|$AWS_DEFAULT_REGION"`;
  const seen = execFileSync("sh", ["-c", script], { encoding: "utf8" });
  assert.equal(seen, "http://127.0.0.1:4567|AKIA|it's $secret|eu-west-1\n");
});

test("without any settings the laptop's defaults are printed, as an address and no name", async () => {
  const { out } = await lambent(["env", "--json"]);
  assert.deepEqual(JSON.parse(out), {
    AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
  });
});
