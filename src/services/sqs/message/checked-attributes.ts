// Message attributes and system attributes as a caller sends them.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import type { ServiceError } from "../../../lib/errors.ts";
import type { MessageAttributeValue, MessageSystemAttributeValue } from "../../../models/sqs.ts";
import { type MessageAttributes, md5OfAttributes } from "../../../queues/message-attributes.ts";
import { invalidValue } from "../refusals.ts";
import { PRINTABLE, unprintable } from "./printable.ts";

const ATTRIBUTES_MAX = 10;
const NAME = /^(?!\.)(?!.*\.\.)[a-zA-Z0-9_.-]{1,256}(?<!\.)$/;
const RESERVED = /^(aws|amazon)\./i;
const TYPE = /^(String|Number|Binary)(\..+)?$/s;
const TYPE_LENGTH_MAX = 256;

/** Throws InvalidParameterValue. */
export function checkedAttributes(given: Readonly<Record<string, MessageAttributeValue>>): MessageAttributes {
  const names = Object.keys(given);
  if (names.length > ATTRIBUTES_MAX) {
    throw invalidValue(`Number of message attributes [${names.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`);
  }
  for (const name of names) check(name, given[name]!); // one of its keys
  return given;
}

function check(name: string, value: MessageAttributeValue): void {
  if (name.length > 256) throw invalidValue("Message (user) attribute name must be shorter than 256 Bytes");
  if (!NAME.test(name) || RESERVED.test(name)) throw invalidValue("Message (user) attributes name contains invalid characters");
  const { DataType, StringValue, BinaryValue } = value;
  if (DataType === "") throw invalidValue(`The message (user) attribute '${name}' must contain a non-empty message attribute type.`);
  if (value.StringListValues?.length || value.BinaryListValues?.length) {
    throw invalidValue("Message attribute list values in SendMessage operation are not supported.");
  }
  if (DataType.length > TYPE_LENGTH_MAX) throw invalidValue("Message (user) attribute type must be shorter than 256 Bytes");
  const kind = TYPE.exec(DataType)?.[1];
  if (kind === undefined) {
    throw invalidValue(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const isEmpty = kind === "Binary" ? (BinaryValue?.byteLength ?? 0) === 0 : (StringValue ?? "") === "";
  if (isEmpty) throw invalidValue(`Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`);
  if (kind === "Binary") return;
  const stray = unprintable(StringValue ?? "");
  if (stray !== undefined) throw invalidCharacter(name, stray);
  if (kind === "Number" && !isNumber(StringValue ?? "")) {
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** "Strings have the same restrictions as the message body", says AWS; its sentence is not recorded. */
function invalidCharacter(name: string, character: string): ServiceError {
  return invalidValue(
    `Invalid binary character '${character}' was found in the message (user) attribute '${name}', the set of allowed characters is ${PRINTABLE}.`,
  );
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());
}

const TRACE = "AWSTraceHeader";

/** Throws InvalidParameterValue. */
export function traceHeaderOf(given: Readonly<Record<string, MessageSystemAttributeValue>> | undefined): string | undefined {
  for (const [name, { DataType, StringValue }] of Object.entries(given ?? {})) {
    if (name !== TRACE) throw invalidValue(`Message system attribute name '${name}' is invalid.`);
    if (DataType !== "String") throw invalidValue(`Message system attribute '${TRACE}' must be of type 'String'.`);
    if ((StringValue ?? "") === "")
      throw invalidValue(`Message (system) attribute '${TRACE}' must contain a non-empty value of type 'String'.`);
  }
  return given?.[TRACE]?.StringValue;
}

/** What an answer tells of the trace header. */
export function md5OfTraceHeader(traceHeader: string | undefined): string | undefined {
  return traceHeader === undefined ? undefined : md5OfAttributes({ [TRACE]: { DataType: "String", StringValue: traceHeader } });
}
