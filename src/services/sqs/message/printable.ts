// The characters that texts of messages may hold: those of XML 1.0, since messages were XML once.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

/** As AWS's refusals name them. */
export const PRINTABLE = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]";
/** A surrogate without its other half is one of them: with `u`, halves that belong together are one character. */
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u;

/** The first character that is none of these, as AWS writes it: "#xFFFF". undefined: there is none. */
export function unprintable(text: string): string | undefined {
  const [character] = UNPRINTABLE.exec(text) ?? [];
  return character && `#x${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
