// A caller of ReceiveMessage that goes away in any moment: what was being leased to it is there for the next one at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { SqsQueues } from "../../../src/queues/sqs-queues.ts";
import { receiveMessage } from "../../../src/services/sqs/message/receive-message.ts";
import { Sqs } from "../../../src/services/sqs/sqs.ts";
import type { Call } from "../../../src/wire/call.ts";
import { openAt } from "../../contract/store-dialects.ts";
import { storePlace } from "../../contract/store-place.ts";

const PLACE = { account: "123456789012", region: "eu-central-1" };

function callWith(signal: AbortSignal): Call {
  const principalArn = `arn:aws:iam::${PLACE.account}:root`;
  return { ...PLACE, principalArn, accessKeyId: "", requestId: "", endpoint: "", headers: {}, responseHeaders: {}, signal };
}

test("a message on its way to a caller that leaves is there at once, as if never received", { timeout: 180_000 }, async (t) => {
  const store = await openAt(await storePlace());
  const { database } = store;
  const onError = (error: unknown) => assert.ifError(error);
  const queues = new SqsQueues({ database, queues: store.queues, bus: store.bus, random: systemRandom, onError });
  t.after(async () => {
    await queues.close();
    await store.close();
  });
  const created = await queues.create({ ...PLACE, name: "q", attributes: { VisibilityTimeout: "600" }, tags: {}, nowMs: Date.now() });
  assert.ok(typeof created !== "string");
  const sqs = new Sqs({ database, queues, clock: systemClock, random: systemRandom, auth: "open" });
  const input = { QueueUrl: `http://localhost/${PLACE.account}/q`, WaitTimeSeconds: 20, MessageSystemAttributeNames: ["All" as const] };
  let misses = 0;
  for (let turns = 0; turns < 40; turns++) {
    const leaving = new AbortController();
    const heard = receiveMessage(input, callWith(leaving.signal), sqs).then(
      ({ Messages: [message] = [] }) => ({ message, isTooLate: message !== undefined && leaving.signal.aborted }),
      () => ({ message: undefined, isTooLate: false }),
    );
    const sent = queues.send(created.queue, [{ body: "m", senderId: "me" }]);
    for (let turn = 0; turn < turns / 4; turn++) await new Promise(setImmediate); // ever later
    leaving.abort(new Error("left"));
    const { message: first, isTooLate } = await heard;
    assert.equal(isTooLate, false, "told to nobody");
    await sent;
    if (first === undefined) misses++;
    const later = first === undefined ? await receiveMessage(input, callWith(new AbortController().signal), sqs) : {};
    const message = first ?? later.Messages?.[0];
    assert.equal(message?.Attributes?.ApproximateReceiveCount, "1");
    const handle = await queues.handle(message?.ReceiptHandle ?? "");
    assert.deepEqual(await queues.remove(created.queue, [handle!]), [true]);
  }
  assert.ok(misses > 0);
});
