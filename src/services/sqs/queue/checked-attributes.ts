// Queue attributes as a caller sets them, checked by AWS's rules.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { notImplemented, ServiceError } from "../../../lib/errors.ts";
import { type Attributes, attributeOf, jsonObject, settable } from "../../../queues/queue-attributes.ts";
import { invalidParameter, invalidValue } from "../refusals.ts";

const RECEIVES_MAX = 1_000;
const SOURCES_MAX = 10;
const POLICY_BYTES_MAX = 8_192;
/** Taking these would promise an encryption that there is not. */
const KEYS = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"];
/** Texts that take the attribute away when they are empty. */
const REMOVABLE = ["Policy", "RedrivePolicy", "RedriveAllowPolicy"];

/** Throws ServiceError. `isFifo`: of the queue that they are for. */
export function checkAttributes(given: Attributes, isFifo: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    if (KEYS.includes(name) && value !== "") throw notImplemented(`lambent does not support ${name}.`);
    if (!KEYS.includes(name)) checkAttribute(name, value, isFifo);
  }
}

function checkAttribute(name: string, value: string, isFifo: boolean): void {
  const kind = Object.hasOwn(settable, name) ? settable[name] : undefined;
  if (kind === undefined) throw unknownAttribute(name);
  if (kind.isFifoOnly === true && !isFifo) throw fifoOnly(name);
  if (kind.range !== undefined && !isWithin(value, kind.range)) throw invalidAttribute(name, value);
  if (kind.values !== undefined && !kind.values.includes(value)) throw invalidAttribute(name, value);
  if (value === "" && REMOVABLE.includes(name)) return;
  if (name === "RedrivePolicy") checkRedrive(value);
  if (name === "RedriveAllowPolicy") checkRedriveAllow(value);
  if (name === "Policy") checkPolicy(value);
}

function isWithin(value: string, [from, to]: readonly [number, number]): boolean {
  return /^\d{1,9}$/.test(value) && Number(value) >= from && Number(value) <= to;
}

/** Recorded: two of them have a sentence of their own. */
function fifoOnly(name: string): ServiceError {
  if (name !== "DeduplicationScope" && name !== "FifoThroughputLimit") return unknownAttribute(name);
  return new ServiceError("InvalidAttributeName", 400, `You can specify the ${name} only when FifoQueue is set to true.`);
}

export function unknownAttribute(name: string): ServiceError {
  return new ServiceError("InvalidAttributeName", 400, `Unknown Attribute ${name}.`);
}

function invalidAttribute(name: string, value?: string): ServiceError {
  const reason = value === undefined ? "" : ` Reason: ${value} is not allowed.`;
  return new ServiceError("InvalidAttributeValue", 400, `Invalid value for the parameter ${name}.${reason}`);
}

function checkRedrive(value: string): void {
  const policy = jsonObject(value);
  const refuse = (reason: string) => invalidParameter("RedrivePolicy", value, reason);
  if (policy === undefined) throw refuse("Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  for (const [name, given] of Object.entries({ maxReceiveCount, deadLetterTargetArn })) {
    if (given === undefined || given === null) throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const receives = Number(maxReceiveCount);
  if (!Number.isInteger(receives) || receives < 1 || receives > RECEIVES_MAX) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to ${RECEIVES_MAX} both inclusive.`,
    );
  }
  if (typeof deadLetterTargetArn !== "string") throw refuse("Invalid value for deadLetterTargetArn.");
}

function checkRedriveAllow(value: string): void {
  const policy = jsonObject(value);
  const refuse = (reason: string) => invalidParameter("RedriveAllowPolicy", value, reason);
  if (policy === undefined) throw refuse("Redrive allow policy is not a valid JSON map.");
  const { redrivePermission, sourceQueueArns } = policy;
  if (redrivePermission === undefined) throw refuse("Redrive allow policy does not contain mandatory attribute: redrivePermission.");
  if (!["allowAll", "denyAll", "byQueue"].includes(String(redrivePermission))) {
    throw refuse("Invalid value for redrivePermission, valid values are allowAll, denyAll and byQueue.");
  }
  if (redrivePermission !== "byQueue") {
    if (sourceQueueArns !== undefined) throw refuse("sourceQueueArns can be given only with the redrivePermission byQueue.");
    return;
  }
  const isList = Array.isArray(sourceQueueArns) && sourceQueueArns.length > 0 && sourceQueueArns.length <= SOURCES_MAX;
  if (!isList) throw refuse(`sourceQueueArns must have 1 to ${SOURCES_MAX} ARNs with the redrivePermission byQueue.`);
}

function checkPolicy(value: string): void {
  if (Buffer.byteLength(value) > POLICY_BYTES_MAX || !Array.isArray(statementsOf(value))) throw invalidAttribute("Policy");
}

function statementsOf(value: string): unknown {
  const statement = jsonObject(value)?.Statement;
  return typeof statement === "object" && statement !== null && !Array.isArray(statement) ? [statement] : statement;
}

/** Checks that only the whole can fail. `before`: what holds already. */
export function checkTogether(given: Attributes, before: Attributes, isFifo: boolean): void {
  const queue = { attributes: { ...before, ...given }, isFifo };
  const isPerGroup = attributeOf(queue, "FifoThroughputLimit") === "perMessageGroupId";
  if (isPerGroup && attributeOf(queue, "DeduplicationScope") !== "messageGroup") {
    throw new ServiceError(
      "InvalidAttributeValue",
      400,
      "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
}

/** What a transaction found wrong with a RedrivePolicy, in AWS's words. */
export function refusedDeadLetter(
  policy: string,
  refusal: "dead-letter-missing" | "dead-letter-type" | "dead-letter-refused",
): ServiceError {
  const reasons = {
    "dead-letter-missing": "Dead letter target does not exist.",
    "dead-letter-type": "Dead-letter queue must be same type of queue as the source.",
    "dead-letter-refused": "The dead-letter queue's RedriveAllowPolicy does not allow this source queue.",
  };
  return invalidParameter("RedrivePolicy", policy, reasons[refusal]);
}

const STANDARD_NAME = /^[a-zA-Z0-9_-]{1,80}$/;
const FIFO_NAME = /^[a-zA-Z0-9_-]{1,75}\.fifo$/;

/** Throws InvalidParameterValue. */
export function checkName(name: string, isFifo: boolean): void {
  if (isFifo ? FIFO_NAME.test(name) : STANDARD_NAME.test(name)) return;
  if (isFifo) {
    throw invalidValue(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  }
  throw invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}
