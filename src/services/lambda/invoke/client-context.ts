// X-Amz-Client-Context: base64 of a JSON object that the function gets as it is.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type { Limits } from "../../../functions/limits.ts";
import { ServiceError } from "../../../lib/errors.ts";

/** The decoded JSON text. Throws AWS's InvalidRequestContentException. */
export function decodeClientContext(encoded: string | undefined, limits: Limits): string | undefined {
  if (encoded === undefined || encoded === "") return undefined;
  if (encoded.length > limits.clientContextCharactersMax) {
    throw refusal(`Client context must be at most ${limits.clientContextCharactersMax} bytes of Base64.`);
  }
  const text = Buffer.from(encoded, "base64").toString("utf8");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded) || !isJsonObject(text)) {
    throw refusal("Client context must be a valid Base64-encoded JSON object.");
  }
  return text;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

// AWS: refuses these too; the texts are not recorded.
function refusal(message: string): ServiceError {
  return new ServiceError("InvalidRequestContentException", 400, message);
}
