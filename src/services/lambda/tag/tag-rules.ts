// What holds for the tags of a function, beyond what the model says of each key and value.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html

import type { Limits } from "../../../functions/limits.ts";
import { invalidParameter } from "../refusals.ts";

export function checkTags(tags: readonly (readonly [key: string, value: string])[], limits: Limits): void {
  if (tags.length > limits.tagsMax) throw tooManyTags();
  // AWS: refuses these too; the text is the one its other services use.
  if (tags.some(([key]) => key.toLowerCase().startsWith("aws:"))) {
    throw invalidParameter("aws: prefixed tag key names are not allowed for external use.");
  }
}

export function tooManyTags() {
  return invalidParameter("Number of tags exceeds resource tag limit.");
}
