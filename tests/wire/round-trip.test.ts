// Gate: every operation of every served service, input and output made from the model, sent by the real JavaScript client, compared on both sides.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { SERVICES, type ServiceKey } from "../../src/wire/service-names.ts";
import { type OpenGateway, openGateway } from "../gateway/open-gateway.ts";
import { differences } from "./differences.ts";
import { echoService, isStream, readAll } from "./echo-service.ts";
import { CLIENT_OPTIONS, IMPERFECT, TEXTS, UNREACHABLE, WITHOUT } from "./round-trip-exceptions.ts";
import { clientOptions, loadClient } from "./sdk-clients.ts";
import { Synthesis } from "./synthesise.ts";

type Bag = Record<string, unknown>;

const CONCURRENCY = 16;
const models = new ServiceModels();

for (const service of Object.keys(SERVICES) as ServiceKey[]) {
  test(`every operation of ${service} means the same on both sides of the wire`, async () => {
    const found = await roundTrips(service);
    assert.deepEqual(found, IMPERFECT[service] ?? {});
  });
}

/** Operation → its differences, of those that have any. */
async function roundTrips(service: ServiceKey): Promise<Record<string, string[]>> {
  const model = models.get(service);
  const server = echoService(model, new Synthesis({ without: WITHOUT, texts: TEXTS }));
  const gateway = await openGateway({ [service]: server });
  after(() => gateway.close());
  const { client: Client, command } = await loadClient(service);
  const client = new Client({ ...clientOptions(gateway.port), ...CLIENT_OPTIONS[service] });
  const inputs = new Synthesis({ without: WITHOUT, texts: TEXTS });
  const found: Record<string, string[]> = {};
  const names = Object.keys(model.operations).filter((name) => !Object.hasOwn(UNREACHABLE[service] ?? {}, name));
  const work = async () => {
    for (let name = names.shift(); name; name = names.shift()) {
      const Command = command(name);
      const input = inputs.structure(model.operation(name)!.input);
      const differing = Command
        ? await roundTrip(() => client.send(new Command(structuredClone(input))), { input, server, name })
        : ["the client has no such operation"];
      if (differing.length > 0) found[name] = differing;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  client.destroy();
  assertNoFailure(gateway);
  return found;
}

interface Trip {
  readonly name: string;
  readonly input: Bag;
  readonly server: ReturnType<typeof echoService>;
}

async function roundTrip(send: () => Promise<Bag>, { name, input, server }: Trip): Promise<string[]> {
  try {
    const { $metadata: _, ...output } = await send();
    const received = await settleOutput(output);
    return [...differences(input, server.inputs.get(name) ?? {}, "in"), ...differences(server.outputs.get(name) ?? {}, received, "out")];
  } catch (error) {
    return [String(error)];
  }
}

/** Streams become bytes, event streams lists of events. */
async function settleOutput(output: Bag): Promise<Bag> {
  const out: Bag = {};
  for (const [name, value] of Object.entries(output)) {
    if (value instanceof Uint8Array) out[name] = value;
    else if (typeof value === "object" && value !== null && "transformToByteArray" in value)
      out[name] = await readAll(value as unknown as AsyncIterable<Uint8Array>);
    else if (isStream(value)) out[name] = await collect(value as AsyncIterable<unknown>);
    else out[name] = value;
  }
  return out;
}

async function collect(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const event of events) out.push(event);
  return out;
}

function assertNoFailure(gateway: OpenGateway): void {
  assert.deepEqual(gateway.failures, []);
}
