// A pool of ready stems, with real sandboxes of the driver without isolation: they cost nothing here.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProcessDriver } from "../../src/sandbox/process.ts";
import { ReadyStems } from "../../src/sandbox/ready.ts";
import type { SandboxDriver, Shape, Stem } from "../../src/sandbox/sandbox.ts";

const shape: Shape = { mounts: [], network: "none", listeners: [{ name: "runtime", port: 9001 }] };
const fail = (message: string, error: unknown) => assert.fail(`${message}: ${error}`);

/** Counts what the driver is asked for. */
function counting(driver: SandboxDriver): Pick<SandboxDriver, "prepare"> & { prepared: number } {
  return {
    prepared: 0,
    async prepare(asked, signal) {
      this.prepared += 1;
      return driver.prepare(asked, signal);
    },
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function withPool(size: number, use: (pool: ReadyStems, driver: ReturnType<typeof counting>) => Promise<void>): Promise<void> {
  const processes = new ProcessDriver();
  const driver = counting(processes);
  const pool = new ReadyStems({ driver, size, warn: fail });
  try {
    await use(pool, driver);
  } finally {
    await pool.close();
    await processes.close();
  }
}

describe("ready stems", { timeout: 300_000 }, () => {
  it("are made ahead by warm(), and handed out without asking the driver", async () => {
    await withPool(2, async (pool, driver) => {
      await pool.warm([shape]);
      assert.deepEqual({ ready: pool.count, prepared: driver.prepared }, { ready: 2, prepared: 2 });
      const stem = await pool.prepare(shape);
      assert.equal(driver.prepared, 2);
      await stem.discard();
    });
  });

  it("are made on demand when none is ready, and filled up in a quiet moment", async () => {
    await withPool(2, async (pool) => {
      const stem = await pool.prepare(shape);
      await until(() => pool.count === 2);
      await stem.discard();
    });
  });

  it("are not made while a burst goes on", async () => {
    await withPool(1, async (pool, driver) => {
      const burst = await Promise.all(Array.from({ length: 10 }, () => pool.prepare(shape)));
      assert.equal(driver.prepared, 10);
      await until(() => pool.count === 1);
      assert.equal(driver.prepared, 11);
      await Promise.all(burst.map((stem) => stem.discard()));
    });
  });

  it("belong to one shape", async () => {
    await withPool(1, async (pool, driver) => {
      await pool.warm([shape]);
      const other = await pool.prepare({ ...shape, listeners: [{ name: "other", port: 9002 }] });
      assert.equal(driver.prepared, 2);
      assert.match(other.address("other"), /^127/);
      await other.discard();
    });
  });

  it("that ended while they waited are not handed out", async () => {
    const processes = new ProcessDriver();
    const made: Stem[] = [];
    const driver: Pick<SandboxDriver, "prepare"> = {
      async prepare(asked) {
        made.push(await processes.prepare(asked));
        return made.at(-1)!;
      },
    };
    const pool = new ReadyStems({ driver, size: 1, warn: fail });
    await pool.warm([shape]);
    await made[0]!.discard();
    const stem = await pool.prepare(shape);
    assert.equal(stem, made[1]);
    await stem.discard();
    await pool.close();
    await processes.close();
  });

  it("are none with size 0", async () => {
    await withPool(0, async (pool, driver) => {
      await pool.warm([shape]);
      const stem = await pool.prepare(shape);
      assert.deepEqual({ ready: pool.count, prepared: driver.prepared }, { ready: 0, prepared: 1 });
      await stem.discard();
    });
  });

  it("that cannot be made are told, and the next taker meets the reason", async () => {
    const told: string[] = [];
    const driver = { prepare: () => Promise.reject(new Error("no room")) };
    const pool = new ReadyStems({ driver, size: 1, warn: (message, error) => told.push(`${message}: ${(error as Error).message}`) });
    await pool.warm([shape]);
    await assert.rejects(pool.prepare(shape), /no room/);
    await pool.close();
    assert.deepEqual(told, ["A sandbox could not be made ready: no room"]);
  });

  it("are discarded with the pool, also those being made", async () => {
    const processes = new ProcessDriver();
    const made: Stem[] = [];
    const driver: Pick<SandboxDriver, "prepare"> = {
      async prepare(asked) {
        made.push(await processes.prepare(asked));
        return made.at(-1)!;
      },
    };
    const pool = new ReadyStems({ driver, size: 3, warn: fail });
    const warming = pool.warm([shape]);
    await pool.close();
    await warming;
    assert.deepEqual(
      made.map((stem) => stem.isReady),
      [false, false, false],
    );
    await processes.close();
  });
});
