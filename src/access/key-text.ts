// The look of AWS's keys and ids: prefix and base-32 letters, secrets of 40 characters.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ID_BYTES = 16;
const SECRET_BYTES = 30;

/** "AKIA" (key), "ASIA" (session key), "AROA" (role), "AIDA" (user), "ANPA" (policy) and 16 letters, one for each of the first 16 bytes. */
export function uniqueId(prefix: "AKIA" | "ASIA" | "AROA" | "AIDA" | "ANPA", bytes: Uint8Array): string {
  return prefix + Array.from(bytes.subarray(0, ID_BYTES), (byte) => LETTERS[byte & 31]).join("");
}

/** 40 characters from at least 30 bytes. */
export function secretText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SECRET_BYTES)).toString("base64");
}
