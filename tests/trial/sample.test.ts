import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { pricesOf } from "../../src/metering/prices.ts";
import { takeSample } from "../../src/trial/sample.ts";
import { planeOfScript } from "../invoke/data-plane.ts";

const ANSWERS_AND_STAYS = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
id=$(curl -sD - "$api/next" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *\\([^\\r]*\\).*/\\1/p' | tr -d '\\r')
curl -s -d '"done"' "$api/$id/response"
sleep 60
`;

test("an environment that ends between an answer and its report leaves no sample waiting", { timeout: 180_000 }, async (t) => {
  const plane = await planeOfScript(ANSWERS_AND_STAYS, { version: { timeoutMs: 50_000 } });
  t.after(() => plane.close());
  const { version } = plane;
  const answered = Promise.withResolvers<void>();
  const invoker = {
    invoke: async (invocation: Parameters<typeof plane.invoker.invoke>[0]) => {
      const result = await plane.invoker.invoke(invocation);
      answered.resolve();
      return result;
    },
  };
  const invocation = { requestId: randomUUID(), version, invokedArn: version.functionArn, payload: Buffer.from("1"), tail: false };
  const sample = takeSample(invoker, invocation, pricesOf);
  sample.catch(() => {});
  await answered.promise;
  await plane.driver.close();
  await assert.rejects(sample, (error) => error instanceof ServiceError && error.code === "ServiceException");
});
