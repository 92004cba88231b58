// Queue URLs: the one that we hand out, and all that callers use: any host, AWS's own and its old ones included.
//
//   http://host:4566/123456789012/name · https://sqs.eu-west-1.amazonaws.com/123456789012/name · https://eu-west-1.queue.amazonaws.com/…

import type { QueuePlace, SqsQueue } from "../../queues/sqs-queue.ts";
import { NoSuchQueue } from "../../store/queue/queue.ts";
import type { Call } from "../../wire/call.ts";
import { accessDenied, invalidAddress, noSuchQueue } from "./refusals.ts";
import type { Sqs } from "./sqs.ts";

const URL_FORM = /^https?:\/\/([^/?#]+)\/(\d{12})\/([a-zA-Z0-9_.-]{1,80})\/?$/;
/** AWS's own, those of FIPS and of VPC endpoints, and the old ones. */
const REGION_OF_HOST = /^(?:(?:vpce-[^.]+\.)?sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.|([a-z]{2}(?:-[a-z]+)+-\d)\.queue\.)/;

/** As the caller reached us, so that the URL leads it back. */
export function urlOf({ account, name }: QueuePlace, call: Call): string {
  return `${call.endpoint}/${account}/${name}`;
}

/** Throws InvalidAddress. The region is the host's where it names one, else the caller's. */
export function placeOfUrl(url: string, call: Call): QueuePlace {
  const [, host, account, name] = URL_FORM.exec(url) ?? [];
  if (host === undefined || account === undefined || name === undefined) throw invalidAddress(url);
  const [, region, oldRegion] = REGION_OF_HOST.exec(host) ?? [];
  return { account, name, region: region ?? oldRegion ?? call.region };
}

/**
 * AWS: a queue's policy is kept and not evaluated. With `--auth enforce` a queue is for its own account alone; without, for everybody.
 */
export function refuseOtherAccounts({ account }: QueuePlace, call: Call, sqs: Sqs): void {
  if (sqs.auth === "enforce" && account !== call.account) throw accessDenied();
}

export async function queueOfUrl(url: string, call: Call, sqs: Sqs): Promise<SqsQueue> {
  const place = placeOfUrl(url, call);
  refuseOtherAccounts(place, call, sqs);
  const queue = await sqs.queues.find(place);
  if (queue === undefined) throw noSuchQueue(call);
  return queue;
}

/** Calls `act` with the queue; once more when it turns out to have been deleted and made anew. Throws QueueDoesNotExist. */
export async function onQueue<R>(url: string, call: Call, sqs: Sqs, act: (queue: SqsQueue) => Promise<R>): Promise<R> {
  const queue = await queueOfUrl(url, call, sqs);
  try {
    return await act(queue);
  } catch (error) {
    if (!(error instanceof NoSuchQueue)) throw error;
  }
  sqs.queues.forget();
  const successor = await queueOfUrl(url, call, sqs);
  if (successor.id === queue.id) throw noSuchQueue(call);
  return act(successor);
}
