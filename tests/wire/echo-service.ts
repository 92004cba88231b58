// A service whose every operation records its input and answers with an output made from the model.

import type { Service } from "../../src/gateway/services.ts";
import type { Call } from "../../src/wire/call.ts";
import type { ServiceModel } from "../../src/wire/service-model.ts";
import type { Synthesis } from "./synthesise.ts";

type Bag = Record<string, unknown>;

export interface EchoService extends Service {
  /** By operation: what the handler was given. */
  readonly inputs: Map<string, Bag>;
  /** By operation: what it answered. */
  readonly outputs: Map<string, Bag>;
  /** Content types of the requests that came. */
  readonly contentTypes: Set<string>;
}

export function echoService(model: ServiceModel, synthesis: Synthesis): EchoService {
  const inputs = new Map<string, Bag>();
  const outputs = new Map<string, Bag>();
  const contentTypes = new Set<string>();
  const handle = async (name: string, input: Bag, call: Call): Promise<Bag> => {
    contentTypes.add((call.headers["content-type"] ?? "none").split(";")[0]!);
    const operation = model.operation(name)!;
    inputs.set(name, await settle(input));
    const output = synthesis.structure(operation.output);
    outputs.set(name, output);
    const stream = operation.eventStream;
    return stream ? { ...output, [stream.name]: emit(output[stream.name] as Bag[]) } : output;
  };
  const operations = Object.fromEntries(
    Object.keys(model.operations).map((name) => [name, (input: never, call: Call) => handle(name, input, call)]),
  );
  return { operations, context: undefined, inputs, outputs, contentTypes };
}

async function* emit(events: readonly Bag[]): AsyncGenerator<Bag> {
  yield* events;
}

/** Reads a streamed body whole. */
async function settle(input: Bag): Promise<Bag> {
  const out: Bag = {};
  for (const [name, value] of Object.entries(input)) out[name] = isStream(value) ? await readAll(value) : value;
  return out;
}

export const isStream = (value: unknown): value is AsyncIterable<Uint8Array> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
