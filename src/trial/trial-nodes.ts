// Trials where functions run: on this node, or, for a node that runs none, on one that does.

import { NodeLost } from "../cluster/node-client.ts";
import type { DoorAnswer, DoorRequest } from "../cluster/node-door.ts";
import type { FunctionVersion, Resolved } from "../functions/version.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Measured } from "./measured.ts";
import type { Trials, TrialWish } from "./trials.ts";
import type { Enforced } from "./tunings.ts";

export interface TrialDone {
  readonly measured: Measured;
  /** On the node that ran it. */
  readonly enforced: Enforced;
}

/** Throws ServiceError. */
export type RunTrial = (resolved: Resolved, wish: TrialWish) => Promise<TrialDone>;

type Name = Pick<FunctionVersion, "account" | "region" | "name" | "version">;

/** The payload is the body. */
interface Head {
  readonly name: Name;
  readonly invokedArn: string;
  readonly wish: Omit<TrialWish, "payload">;
}

type Answer = TrialDone | { readonly failure: Pick<ServiceError, "code" | "status" | "message"> };

/** undefined: no node runs functions. */
type AskWorker = (request: {
  readonly path: string;
  readonly head: string;
  readonly body: Uint8Array;
}) => Promise<{ readonly status: number; readonly body: Buffer } | undefined>;

export function runElsewhere(askWorker: AskWorker): RunTrial {
  return async ({ version, invokedArn }, { payload, ...wish }) => {
    const { account, region, name } = version;
    const asked: Head = { name: { account, region, name, version: version.version }, invokedArn, wish };
    const head = Buffer.from(JSON.stringify(asked)).toString("base64url");
    const answer = await askWorker({ path: "/trial", head, body: payload }).catch((error: unknown) => {
      if (!(error instanceof NodeLost)) throw error;
      throw new ServiceError("ServiceException", 500, "The node that ran the trial was lost before it had answered.", { cause: error });
    });
    if (answer?.status !== 200)
      throw new ServiceError("ServiceException", 500, "No node that runs functions takes the trial at the moment.");
    const done = JSON.parse(answer.body.toString()) as Answer;
    if (!("failure" in done)) return done;
    throw new ServiceError(done.failure.code, done.failure.status, done.failure.message);
  };
}

export interface TrialDoorParts {
  readonly trials: () => Promise<Trials>;
  /** undefined: this node does not know the version. */
  readonly find: (name: Name) => FunctionVersion | undefined;
  readonly enforced: Enforced;
}

/** What the other node hears. */
export async function answerTrial({ head, body }: DoorRequest, { trials, find, enforced }: TrialDoorParts): Promise<DoorAnswer> {
  const { name, invokedArn, wish } = JSON.parse(Buffer.from(head, "base64url").toString()) as Head;
  const version = find(name);
  if (version === undefined) return { status: 503, body: "not here\n" };
  try {
    const measured = await (await trials()).run({ version, invokedArn }, { ...wish, payload: body });
    return told({ measured, enforced });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, status, message } = error;
    return told({ failure: { code, status, message } });
  }
}

function told(answer: Answer): DoorAnswer {
  return { status: 200, body: JSON.stringify(answer) };
}
