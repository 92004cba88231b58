// The rules for tags of queues.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html

import { invalidValue } from "../refusals.ts";

export const TAGS_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
export const KEY_LENGTH_REFUSAL = `Tag keys must be between 1 and ${KEY_LENGTH_MAX} characters in length.`;

/** Throws InvalidParameterValue. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  for (const [key, value] of Object.entries(tags)) {
    if (key.length === 0 || key.length > KEY_LENGTH_MAX) throw invalidValue(KEY_LENGTH_REFUSAL);
    if (/^aws:/i.test(key)) throw invalidValue("Tag keys must not begin with aws:.");
    if (value.length > VALUE_LENGTH_MAX) throw invalidValue(`Tag values must be between 0 and ${VALUE_LENGTH_MAX} characters in length.`);
  }
}

export function tooManyTags() {
  return invalidValue(`Too many tags added for queue. A queue can have at most ${TAGS_MAX} tags.`);
}
