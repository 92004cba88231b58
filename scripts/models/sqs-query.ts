// What SQS's model lost when it moved to JSON: the names and error codes of its query protocol, which older clients still speak.
// Source: the SQS API reference (examples of requests and responses, lists of errors). All other models have theirs still.

import type { Model, Ref, Shape } from "../../src/wire/model.ts";

/** Flattened members that are not called by the rule below. */
const NAMES: Readonly<Record<string, string>> = {
  "AddPermissionRequest.Actions": "ActionName",
  "CreateQueueRequest.tags": "Tag",
  "ReceiveMessageRequest.MessageSystemAttributeNames": "AttributeName",
  "ListDeadLetterSourceQueuesResult.queueUrls": "QueueUrl",
};

const AWS = "AWS.SimpleQueueService.";

const ERROR_CODES: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: `${AWS}BatchEntryIdsNotDistinct`,
  BatchRequestTooLong: `${AWS}BatchRequestTooLong`,
  EmptyBatchRequest: `${AWS}EmptyBatchRequest`,
  InvalidBatchEntryId: `${AWS}InvalidBatchEntryId`,
  MessageNotInflight: `${AWS}MessageNotInflight`,
  PurgeQueueInProgress: `${AWS}PurgeQueueInProgress`,
  QueueDeletedRecently: `${AWS}QueueDeletedRecently`,
  QueueDoesNotExist: `${AWS}NonExistentQueue`,
  QueueNameExists: "QueueAlreadyExists",
  TooManyEntriesInBatchRequest: `${AWS}TooManyEntriesInBatchRequest`,
  UnsupportedOperation: `${AWS}UnsupportedOperation`,
  KmsAccessDenied: "KMS.AccessDeniedException",
  KmsDisabled: "KMS.DisabledException",
  KmsInvalidKeyUsage: "KMS.InvalidKeyUsageException",
  KmsInvalidState: "KMS.InvalidStateException",
  KmsNotFound: "KMS.NotFoundException",
  KmsOptInRequired: "KMS.OptInRequired",
  KmsThrottled: "KMS.ThrottlingException",
};

/** The same model with `queryName`s and error codes. */
export function withQueryNames(model: Model): Model {
  const shapes = Object.entries(model.shapes).map(([name, shape]): [string, Shape] => [name, withNames(model, name, shape)]);
  return { ...model, shapes: Object.fromEntries(shapes) };
}

function withNames(model: Model, name: string, shape: Shape): Shape {
  if (shape.exception && ERROR_CODES[name]) return { ...shape, error: { ...shape.error, code: ERROR_CODES[name] } };
  if (shape.type === "map" && shape.flattened)
    return { ...shape, key: called(shape.key!, name === "TagMap" ? "Key" : "Name"), value: called(shape.value!, "Value") };
  if (!shape.members) return shape;
  const members = Object.entries(shape.members).map(([member, ref]): [string, Ref] => [member, named(model, `${name}.${member}`, ref)]);
  return { ...shape, members: Object.fromEntries(members) };
}

/** A flattened list of structures is called by their shape, all else by the singular of its member's name. */
function named(model: Model, path: string, ref: Ref): Ref {
  const shape = model.shapes[ref.shape]!;
  if (!shape.flattened && !ref.flattened) return ref;
  const element = shape.member && model.shapes[shape.member.shape]!;
  const singular = path.slice(path.indexOf(".") + 1).replace(/s$/, "");
  return called(ref, NAMES[path] ?? (element?.type === "structure" ? shape.member!.shape : singular));
}

const called = (ref: Ref, queryName: string): Ref => ({ ...ref, queryName });
