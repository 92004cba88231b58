// CBOR (RFC 8949) to plain values and back: as much of it as Smithy's protocol uses. Ours and not cbor-x because that one believes the
// lengths that a message claims, and acts on tags made for JavaScript: a front door needs neither.

import { MalformedRequest, refuseNesting } from "./malformed.ts";

/** Maps become Map, tag 1 becomes Date, other tags are dropped. */
export type CborValue = number | string | boolean | null | undefined | Date | Uint8Array | CborValue[] | Map<string, CborValue>;

const BREAK = Symbol("break");
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const truncated = () => new MalformedRequest("The CBOR body ends too early or is not well-formed.");

/** Throws MalformedRequest on anything but exactly one well-formed item. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const value = reader.item(0);
  if (value === BREAK || !reader.isAtEnd()) throw truncated();
  return value;
}

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  item(depth: number): CborValue | typeof BREAK {
    refuseNesting(depth);
    const head = this.#bytes[this.#need(1)]!;
    const [major, info] = [head >> 5, head & 31];
    if (major === 7) return this.#simple(info);
    const isOpen = info === 31;
    if (isOpen && (major < 2 || major === 6)) throw truncated();
    const length = isOpen ? Number.POSITIVE_INFINITY : this.#argument(info);
    switch (major) {
      case 0:
        return length;
      case 1:
        return -1 - length;
      case 2:
      case 3:
        return this.#bytesOrText(major, length);
      case 4:
        return this.#array(length, depth);
      case 5:
        return this.#map(length, depth);
      default:
        return this.#tagged(length, depth);
    }
  }

  /** Moves on by `count` bytes and returns where they start. */
  #need(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.byteLength - from) throw truncated();
    this.#at += count;
    return from;
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.#view.getUint8(this.#need(1));
    if (info === 25) return this.#view.getUint16(this.#need(2));
    if (info === 26) return this.#view.getUint32(this.#need(4));
    if (info === 27) return Number(this.#view.getBigUint64(this.#need(8)));
    throw truncated();
  }

  #simple(info: number): CborValue | typeof BREAK {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info === 23) return undefined;
    if (info === 25) return halfFloat(this.#view.getUint16(this.#need(2)));
    if (info === 26) return this.#view.getFloat32(this.#need(4));
    if (info === 27) return this.#view.getFloat64(this.#need(8));
    if (info === 31) return BREAK;
    throw truncated();
  }

  #bytesOrText(major: number, length: number): string | Uint8Array {
    if (length !== Number.POSITIVE_INFINITY) {
      const from = this.#need(length);
      const slice = this.#bytes.subarray(from, from + length);
      return major === 2 ? slice.slice() : decodeText(slice);
    }
    const parts: (string | Uint8Array)[] = [];
    for (let part = this.item(1); part !== BREAK; part = this.item(1)) {
      if (major === 2 ? !(part instanceof Uint8Array) : typeof part !== "string") throw truncated();
      parts.push(part as string | Uint8Array);
    }
    return major === 3 ? parts.join("") : new Uint8Array(Buffer.concat(parts as Uint8Array[]));
  }

  /** The array grows as its elements are read: a claimed length allocates nothing. */
  #array(length: number, depth: number): CborValue[] {
    const out: CborValue[] = [];
    for (let index = 0; index < length; index++) {
      const value = this.item(depth + 1);
      if (value === BREAK) return this.#ended(length, out);
      out.push(value);
    }
    return out;
  }

  #map(length: number, depth: number): Map<string, CborValue> {
    const out = new Map<string, CborValue>();
    for (let index = 0; index < length; index++) {
      const key = this.item(depth + 1);
      if (key === BREAK) return this.#ended(length, out);
      const value = this.item(depth + 1);
      if (typeof key !== "string" || value === BREAK) throw truncated();
      out.set(key, value);
    }
    return out;
  }

  #ended<T>(length: number, value: T): T {
    if (length !== Number.POSITIVE_INFINITY) throw truncated();
    return value;
  }

  #tagged(tag: number, depth: number): CborValue {
    const value = this.item(depth + 1);
    if (value === BREAK) throw truncated();
    return tag === 1 && typeof value === "number" ? new Date(Math.round(value * 1000)) : value;
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new MalformedRequest("The CBOR body holds text that is not UTF-8.", { cause });
  }
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A number that is to be a float on the wire even if it is whole. */
export class CborFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type CborWritable = number | string | boolean | null | Date | CborFloat | Uint8Array | CborWritable[] | Map<string, CborWritable>;

export function encodeCbor(value: CborWritable): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: CborWritable, parts: Uint8Array[]): void {
  if (value === null) parts.push(Buffer.from([0xf6]));
  else if (typeof value === "boolean") parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  else if (typeof value === "string") writeText(value, parts);
  else if (typeof value === "number")
    parts.push(Number.isSafeInteger(value) ? (value >= 0 ? head(0, value) : head(1, -1 - value)) : double(value));
  else if (value instanceof CborFloat) parts.push(double(value.value));
  else if (value instanceof Date) parts.push(head(6, 1), double(value.getTime() / 1000));
  else if (value instanceof Uint8Array) parts.push(head(2, value.byteLength), value);
  else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const element of value) write(element, parts);
  } else {
    parts.push(head(5, value.size));
    for (const [key, element] of value) {
      writeText(key, parts);
      write(element, parts);
    }
  }
}

function writeText(text: string, parts: Uint8Array[]): void {
  const bytes = Buffer.from(text, "utf8");
  parts.push(head(3, bytes.length), bytes);
}

function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  const info = argument < 0x100 ? 24 : argument < 0x10000 ? 25 : argument < 0x100000000 ? 26 : 27;
  const out = Buffer.alloc(1 + 2 ** (info - 24));
  out[0] = (major << 5) | info;
  if (info === 27) out.writeBigUInt64BE(BigInt(argument), 1);
  else out.writeUIntBE(argument, 1, out.length - 1);
  return out;
}

function double(value: number): Uint8Array {
  const out = Buffer.alloc(9);
  out[0] = 0xfb;
  out.writeDoubleBE(value, 1);
  return out;
}
