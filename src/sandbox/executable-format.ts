// Whether the kernel would execute a file. Needed where libuv starts it: execvp() hands what the kernel refuses to /bin/sh instead of failing.

import { access, constants, open } from "node:fs/promises";

const HEADER_BYTES = 20;

/** "ENOEXEC" for a file that is neither a script with #! nor a program for this machine; other failures are left to the start itself. */
export async function formatErrno(file: string): Promise<"ENOEXEC" | undefined> {
  const mayExecute = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mayExecute) return undefined;
  const [header, own] = await Promise.all([headerOf(file), headerOf(process.execPath)]);
  if (header === undefined || own === undefined) return undefined;
  return isRunnable(header, own) ? undefined : "ENOEXEC";
}

/** `own` is the header of a program that does run here: same magic, and for ELF the same class and e_machine. */
export function isRunnable(header: Buffer, own: Buffer): boolean {
  if (header.toString("latin1", 0, 2) === "#!") return true;
  const isElf = header.toString("latin1", 0, 4) === "\x7fELF";
  if (isElf) return header.subarray(0, 5).equals(own.subarray(0, 5)) && header.subarray(18, 20).equals(own.subarray(18, 20));
  const isUniversal = process.platform === "darwin" && header.readUInt32BE(0) === 0xcafebabe;
  return isUniversal || (process.platform === "darwin" && header.subarray(0, 4).equals(own.subarray(0, 4)));
}

async function headerOf(file: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file);
    const { buffer } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer;
  } catch {
    return undefined;
  }
}
