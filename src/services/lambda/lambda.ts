// What Lambda's operations share: the store, the catalogue, and the ports through which they reach rooms that they do not know.

import type { RolePermissions } from "../../access/role-permissions.ts";
import type { Destinations } from "../../delivery/destinations.ts";
import type { FunctionCatalogue } from "../../functions/catalogue.ts";
import type { CodeStore } from "../../functions/code-store.ts";
import type { Limits } from "../../functions/limits.ts";
import type { AsyncInvocations } from "../../invoke/invoke-async.ts";
import type { StreamLimits } from "../../invoke/invoke-streaming.ts";
import type { Invoker } from "../../invoke/invoker.ts";
import type { Recursion } from "../../invoke/recursion.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { SqsQueues } from "../../queues/sqs-queues.ts";
import type { Runtimes } from "../../runtimes/runtimes.ts";
import type { Database } from "../../store/database.ts";
import type { Call } from "../../wire/call.ts";
import type { Settling } from "./function/settling.ts";

export interface Lambda {
  readonly database: Database;
  readonly catalogue: FunctionCatalogue;
  readonly codeStore: CodeStore;
  readonly settling: Settling;
  readonly limits: Limits;
  /** Of the account and region: config.concurrencyMax. */
  readonly concurrencyMax: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether functions of a runtime can run on this machine: asked when one is created or changed. */
  readonly runtimes: Pick<Runtimes, "check">;
  readonly invoker: Pick<Invoker, "invoke"> & {
    /** Of all nodes. */
    provisioned(functionId: number, version: string): ReturnType<Invoker["provisioned"]> | Promise<ReturnType<Invoker["provisioned"]>>;
  };
  readonly streaming: StreamLimits;
  readonly recursion: Pick<Recursion, "stops" | "dropped">;
  readonly asyncInvocations: Pick<AsyncInvocations, "accept">;
  readonly destinations: Pick<Destinations, "check">;
  /** For event source mappings. */
  readonly queues: Pick<SqsQueues, "findByArn">;
  readonly permissions: Pick<RolePermissions, "missing">;
  readonly codeUrls: CodeUrlPort;
  /** Something an operator or developer should know although the call succeeds: one sentence. */
  readonly warn: (sentence: string) => void;
}

export interface CodeUrlPort {
  /** A URL that answers a plain GET with the zip for some minutes. `call.endpoint` is where the caller can reach us. */
  sign(codeKey: string, call: Call): string;
}
