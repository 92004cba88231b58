// The look of AWS's keys and ids: prefix and base-32 letters, secrets of 40 characters.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_BYTES = 30;

/** What follows the prefix: keys have 20 characters in all, ids of roles, users and policies 21. */
const LETTERS_AFTER = { AKIA: 16, ASIA: 16, AROA: 17, AIDA: 17, ANPA: 17 } as const;

/** "AKIA" (key), "ASIA" (session key), "AROA" (role), "AIDA" (user) or "ANPA" (policy), and a letter for each of the first 16 or 17 bytes. */
export function uniqueId(prefix: keyof typeof LETTERS_AFTER, bytes: Uint8Array): string {
  return prefix + Array.from(bytes.subarray(0, LETTERS_AFTER[prefix]), (byte) => LETTERS[byte & 31]).join("");
}

/** 40 characters from at least 30 bytes. */
export function secretText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SECRET_BYTES)).toString("base64");
}
