// What "drained" means: everything that was in the pipe has been handed out.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StreamOutput } from "../../src/sandbox/output.ts";
import { socketPair } from "../../src/sandbox/socket-pair.ts";

async function pairedOutput() {
  const { ours, theirs } = await socketPair();
  const output = new StreamOutput(ours);
  let text = "";
  return { output, theirs, read: () => text, listen: () => output.onData((bytes) => (text += bytes.toString())) };
}

const written = (socket: { write(text: string, done: () => void): boolean }, text: string) =>
  new Promise<void>((resolve) => socket.write(text, () => resolve()));

describe("output of a sandbox", { timeout: 300_000 }, () => {
  it("is all handed out when drained() resolves, many times in a row", async () => {
    const { output, theirs, read, listen } = await pairedOutput();
    listen();
    let expected = "";
    for (let round = 0; round < 500; round += 1) {
      expected += `line ${round}\n`;
      await written(theirs, `line ${round}\n`);
      await output.drained();
      assert.equal(read().length, expected.length);
    }
    theirs.destroy();
    output.close();
  });

  it("is not lost while nobody listens yet", async () => {
    const { output, theirs, read, listen } = await pairedOutput();
    await written(theirs, "early\n");
    const finished = output.finish();
    listen();
    await finished;
    assert.equal(read(), "early\n");
    theirs.destroy();
    output.close();
  });

  it("is drained only after it was resumed", async () => {
    const { output, theirs, read, listen } = await pairedOutput();
    listen();
    output.pause();
    await written(theirs, "late\n");
    let isDrained = false;
    const drained = output.drained().then(() => (isDrained = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([isDrained, read()], [false, ""]);
    output.resume();
    await drained;
    assert.equal(read(), "late\n");
    theirs.destroy();
    output.close();
  });

  it("is handed out at the end of its writer, though it was paused, also from within the listener", async () => {
    const { output, theirs } = await pairedOutput();
    let bytes = 0;
    output.onData((part) => {
      bytes += part.length;
      output.pause();
    });
    await written(theirs, "x".repeat(150_000));
    await output.finish();
    assert.equal(bytes, 150_000);
    theirs.destroy();
    output.close();
  });

  it("that a writer never stops to print is drained all the same", async () => {
    const { output, theirs, listen } = await pairedOutput();
    listen();
    const timer = setInterval(() => theirs.write("x".repeat(30_000)), 0);
    await output.drained();
    clearInterval(timer);
    theirs.destroy();
    output.close();
  });

  it("is drained when it was closed", async () => {
    const { output, theirs, listen } = await pairedOutput();
    listen();
    output.pause();
    const drained = output.drained();
    output.close();
    await drained;
    theirs.destroy();
  });
});
