// Runs the command line inside the test's process, with streams that are read afterwards.

import { PassThrough, Writable } from "node:stream";
import { runCommandLine } from "../../src/cli/command-line.ts";

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly input?: string;
}

/** PATH and HOME are the test's own, so that cargo and interpreters are found; everything else is as given. */
export async function lambent(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [out, err] = [new Collected(), new Collected()];
  const stdin = new PassThrough();
  stdin.end(options.input ?? "");
  const { PATH = "", HOME = "" } = process.env;
  const exitCode = await runCommandLine(argv, {
    environment: { PATH, HOME, ...options.environment },
    workingDirectory: options.workingDirectory ?? process.cwd(),
    stdin,
    stdout: out,
    stderr: err,
  });
  return { exitCode, out: out.text, err: err.text };
}

class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
