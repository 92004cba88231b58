// Zips written byte by byte, for what no tool would write: hostile names, links, wrong sizes and checksums. Entries are stored, not deflated.

import { crc32 } from "node:zlib";

export interface RawEntry {
  readonly name: string;
  readonly content: string;
  /** st_mode; 0 leaves the Unix part out. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly declaredSize?: number;
}

const UNIX = 3 << 8;
const VERSION = 20;

export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content);
    const fields = common(entry, content, name);
    const local = Buffer.concat([u32(0x04034b50), fields, u16(0), name, content]);
    const mode = entry.mode ?? 0o100644;
    const tail = [u16(0), u16(0), u16(0), u16(0), u32((mode << 16) >>> 0), u32(offset)];
    centrals.push(Buffer.concat([u32(0x02014b50), u16(mode === 0 ? VERSION : UNIX | VERSION), fields, ...tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const count = u16(entries.length);
  return Buffer.concat([...locals, central, u32(0x06054b50), u16(0), u16(0), count, count, u32(central.length), u32(offset), u16(0)]);
}

// From "version needed" to the length of the name: the same in both headers.
function common({ flags = 0, method = 0, crc, declaredSize }: RawEntry, content: Buffer, name: Buffer): Buffer {
  const size = declaredSize ?? content.length;
  return Buffer.concat([u16(VERSION), u16(flags), u16(method), u32(0), u32(crc ?? crc32(content)), u32(size), u32(size), u16(name.length)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
