// What the handlers of CloudWatch Logs share.

import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { LogBuffer } from "../../observe/log-buffer.ts";
import type { LogUpkeep } from "../../observe/log-upkeep.ts";
import type { Database, Proc } from "../../store/database.ts";

export interface LogsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly buffer: LogBuffer;
  readonly upkeep: LogUpkeep;
  /** logs.db. */
  readonly database: () => Promise<Database>;
}

export class Logs {
  readonly clock: Clock;
  readonly random: Random;
  readonly buffer: LogBuffer;
  readonly upkeep: LogUpkeep;
  readonly database: () => Promise<Database>;
  /** Live Tail sessions under way, by account and region. */
  readonly sessions = new Map<string, number>();

  constructor(parts: LogsParts) {
    this.clock = parts.clock;
    this.random = parts.random;
    this.buffer = parts.buffer;
    this.upkeep = parts.upkeep;
    this.database = parts.database;
  }

  async run<A, R>(proc: Proc<A, R>, args: A): Promise<R> {
    return (await this.database()).run(proc, args);
  }

  async read<A, R>(proc: Proc<A, R>, args: A): Promise<R> {
    return (await this.database()).read(proc, args);
  }
}
