// Small zips for tests, with or without things that no honest tool would put into one.

import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

export interface ZipEntry {
  readonly content: string | Buffer;
  readonly mode?: number;
  readonly compress?: boolean;
}

/** Path → content, or content with the mode that the entry carries (type bits included). */
export async function zipOf(files: Readonly<Record<string, string | Buffer | ZipEntry>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const { content, mode = 0o100644, compress = true } = typeof file === "string" || Buffer.isBuffer(file) ? { content: file } : file;
    zip.addBuffer(Buffer.from(content as string), path, { mode, compress });
  }
  zip.end();
  return buffer(zip.outputStream);
}

export function script(content: string): ZipEntry {
  return { content, mode: 0o100755 };
}
