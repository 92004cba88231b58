// What the handlers of SQS share.

import { userIdOf } from "../../access/unique-ids.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { SqsQueues } from "../../queues/sqs-queues.ts";
import type { Database } from "../../store/database.ts";
import type { Call } from "../../wire/call.ts";
import { ReceiveAttempts } from "./message/receive-attempts.ts";

export interface SqsParts {
  readonly database: Database;
  readonly queues: SqsQueues;
  readonly clock: Clock;
  readonly random: Random;
  readonly auth: "open" | "enforce";
}

const SENDERS_MAX = 1_000;

export class Sqs {
  readonly queues: SqsQueues;
  readonly clock: Clock;
  readonly random: Random;
  readonly auth: "open" | "enforce";
  readonly attempts: ReceiveAttempts;
  readonly #database: Database;
  readonly #senders = new Map<string, string>();

  constructor({ database, queues, clock, random, auth }: SqsParts) {
    this.queues = queues;
    this.clock = clock;
    this.random = random;
    this.auth = auth;
    this.attempts = new ReceiveAttempts(queues);
    this.#database = database;
  }

  /** What messages show as SenderId: the unique id of a user or of a role's session; the account for its root. */
  async senderOf({ account, principalArn }: Call): Promise<string> {
    const known = this.#senders.get(principalArn);
    if (known !== undefined) return known;
    const id = await userIdOf({ account, principalArn }, this.#database);
    if (this.#senders.size >= SENDERS_MAX) this.#senders.clear();
    this.#senders.set(principalArn, id);
    return id;
  }
}
