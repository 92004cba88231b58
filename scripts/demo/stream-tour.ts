// The demo's streamed invocations: how soon the first piece is there, and that a stream which breaks off says so.

import type { AwsClient, InvokeAnswer } from "../../src/cli/aws-client.ts";
import { reportLine } from "./report-line.ts";
import type { Row } from "./tour.ts";

interface Streamed extends InvokeAnswer {
  readonly text: string;
  readonly firstMs: number;
}

export async function streamTour(client: AwsClient, name: string): Promise<readonly Row[]> {
  return [
    await row(client, name, { what: "stream: first byte", event: { lines: 10, pauseMs: 20 }, check: isWhole }),
    await row(client, name, { what: "stream: breaks off", event: { lines: 10, pauseMs: 1, failAfter: 3 }, check: isBroken }),
  ];
}

interface Attempt {
  readonly what: string;
  readonly event: object;
  readonly check: (answer: Streamed) => string | undefined;
}

/** The round trip is that of the first piece. */
async function row(client: AwsClient, name: string, { what, event, check }: Attempt): Promise<Row> {
  const answer = await streamed(client, name, event);
  const report = reportLine(answer.logTail ?? "", client.connection.region);
  return { trigger: "invoke", name, what, tookMs: answer.firstMs, ...report, fault: check(answer) };
}

async function streamed(client: AwsClient, name: string, event: object): Promise<Streamed> {
  const startedMs = performance.now();
  let firstMs: number | undefined;
  let text = "";
  const onPiece = async (piece: Buffer) => {
    firstMs ??= performance.now() - startedMs;
    text += piece.toString();
  };
  const answer = await client.invokeStreaming(name, Buffer.from(JSON.stringify(event)), { tail: true, onPiece });
  return { ...answer, text, firstMs: firstMs ?? performance.now() - startedMs };
}

function isWhole({ text, functionError }: Streamed): string | undefined {
  return functionError === undefined && text.endsWith("line 10 of 10\n") ? undefined : `streamed ${text.slice(-200)}`;
}

function isBroken({ text, functionError }: Streamed): string | undefined {
  return functionError === "Unhandled" && text.endsWith("line 3 of 10\n") ? undefined : `streamed ${text.slice(-200)}`;
}
