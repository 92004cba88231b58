// What the gateway serves: each service's table of operations and what its handlers share.

import type { Handler } from "../wire/call.ts";

/** An `OperationTable<…>` of wire/call.ts, with its types forgotten: the model has checked them. */
export type Operations = Readonly<Record<string, Handler<never, unknown, never> | "not-implemented">>;

export interface Service {
  /** The table, or how to load it at the first request: a start need not read what nobody has asked for. */
  readonly operations: Operations | (() => Promise<Operations>);
  /** Handed to every handler as its third argument. */
  readonly context: unknown;
}

/** By our name of the service ("lambda", "stepfunctions"). */
export type Services = Readonly<Record<string, Service>>;
