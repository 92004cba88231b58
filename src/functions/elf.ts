// For which machine an executable was built, from its ELF header. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html

import { constants } from "node:fs";
import { open } from "node:fs/promises";

export type Machine = "x86_64" | "arm64";

const HEADER_BYTES = 20;
const MACHINES: ReadonlyMap<number, Machine> = new Map([
  [0x3e, "x86_64"],
  [0xb7, "arm64"],
]);

/** undefined: there is no such file, or it is no ELF file (a script is none), or for a machine that Lambda does not know. */
export async function elfMachine(path: string): Promise<Machine | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || header.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
    return MACHINES.get(header.readUInt16LE(18));
  } finally {
    await file.close();
  }
}
