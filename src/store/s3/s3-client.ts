// The few operations on one bucket that blobs need, signed with aws4, tried again while that may help. The SDK would weigh more than lambent
// (docs/decisions/0034).

import type { Agent, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import aws4 from "aws4";
import { newAgent } from "../../lib/http.ts";
import type { Random } from "../../lib/random.ts";
import type { S3Place } from "../../lib/s3-place.ts";
import { StoreError } from "../database.ts";
import { CredentialSource, type Variables } from "./credentials.ts";
import { open, whole } from "./exchange.ts";
import { asPlatformError, parseXml, refusalOf, S3Failure, silenceOf } from "./s3-failure.ts";

export interface S3Object {
  /** Below the prefix. */
  readonly name: string;
  readonly modifiedMs: number;
}

export interface S3Page {
  readonly objects: readonly S3Object[];
  /** By the clock that has set `modifiedMs`; a second is its least unit. */
  readonly nowMs: number;
  /** Where the next page begins; absent: this is the last. */
  readonly next?: string;
}

export interface S3Body {
  readonly size: number;
  readonly sha256: string;
  /** Called for every attempt. */
  open(): string | Readable;
}

interface S3Request {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Below the prefix; absent: the bucket itself. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: S3Body;
}

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CONNECTIONS_MAX = 32;
/** A connection that nobody has used for longer may be gone without a word: firewalls forget. */
const IDLE_MS = 15_000;
/** A service that is silent for so long does not answer. */
const SILENCE_MS = 10_000;
/** One that takes a body in is silent while it checks and stores the whole of it: a slow disk does 5 MB/s. */
const TAKEN_IN_BYTES_PER_MS = 5_000;
const ATTEMPT_MS = 5 * 60_000;
/** No attempt begins later than this after the first: who waits for a deployment is told. */
const ATTEMPTS_MS = 5_000;
const FIRST_PAUSE_MS = 100;

export class S3Client {
  readonly #place: S3Place;
  readonly #credentials: CredentialSource;
  readonly #random: Random;
  readonly #agent: Agent;

  constructor(place: S3Place, variables: Variables, random: Random) {
    this.#place = place;
    this.#credentials = new CredentialSource(variables, place.region);
    this.#random = random;
    this.#agent = newAgent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, timeout: IDLE_MS }, place.endpoint.protocol);
  }

  /** `read` is called for every attempt, with the bytes as they come. undefined: there is no such object. */
  get<T>(name: string, read: (bytes: IncomingMessage) => Promise<T>): Promise<T | undefined> {
    return this.#persist(async () => {
      const incoming = await this.#send({ method: "GET", name });
      if (incoming === undefined) return undefined;
      try {
        return await read(incoming);
      } catch (error) {
        throw error instanceof StoreError ? error : silenceOf(error); // a full disk here is no failure of the bucket
      } finally {
        incoming.destroy();
      }
    });
  }

  /** False: `ifAbsent`, and it is there already. Where the service knows no conditions, it writes all the same. */
  put(name: string, body: S3Body, options: { readonly ifAbsent?: boolean } = {}): Promise<boolean> {
    return this.#persist(async () => {
      const headers = options.ifAbsent ? { "if-none-match": "*" } : {};
      try {
        await this.#end({ method: "PUT", name, body, headers });
        return true;
      } catch (error) {
        if (options.ifAbsent && error instanceof S3Failure && error.status === 412) return false;
        throw error;
      }
    });
  }

  /** What is gone already is gone. */
  async remove(name: string): Promise<void> {
    await this.#persist(() => this.#end({ method: "DELETE", name }));
  }

  /** A page of at most 1,000 objects whose name begins so, in the order of their names. */
  list(start: string, { after, max = 1_000 }: { readonly after?: string; readonly max?: number } = {}): Promise<S3Page> {
    return this.#persist(async () => {
      const query = {
        "list-type": "2",
        "max-keys": String(max),
        prefix: this.#keyOf(start),
        ...(after !== undefined && { "continuation-token": after }),
      };
      return this.#pageOf(await this.#end({ method: "GET", query }));
    });
  }

  #pageOf({ headers, text }: Awaited<ReturnType<typeof whole>>): S3Page {
    const { ListBucketResult: result } = parseXml(text) as { ListBucketResult?: ListBucketResult | "" };
    if (result === undefined || result === "")
      throw new S3Failure({ status: 502, code: "no listing" }, "The answer is no list of objects.");
    const { Contents = [], NextContinuationToken: next } = result;
    const skipped = this.#keyOf("").length;
    const objects = Contents.map(({ Key, LastModified }) => ({ name: Key.slice(skipped), modifiedMs: Date.parse(LastModified) }));
    const nowMs = headers.date === undefined ? Date.now() : Date.parse(headers.date);
    return { objects, nowMs, ...(result.IsTruncated === "true" && next !== undefined && { next: String(next) }) };
  }

  async #end(request: S3Request): ReturnType<typeof whole> {
    const incoming = await this.#send(request);
    if (incoming === undefined) return { status: 404, headers: {}, text: "" };
    try {
      return await whole(incoming);
    } catch (error) {
      throw silenceOf(error);
    }
  }

  /** undefined: no such object. Throws S3Failure. */
  async #send(request: S3Request): Promise<IncomingMessage | undefined> {
    const signed = await this.#signed(request);
    let incoming: IncomingMessage;
    try {
      const silenceMs = SILENCE_MS + Math.ceil((request.body?.size ?? 0) / TAKEN_IN_BYTES_PER_MS);
      incoming = await open({ ...signed, agent: this.#agent, silenceMs, wholeMs: ATTEMPT_MS });
      if ((incoming.statusCode ?? 0) < 300) return incoming;
    } catch (error) {
      throw silenceOf(error);
    }
    const refusal = refusalOf(await whole(incoming).catch((error) => Promise.reject(silenceOf(error))));
    if (refusal.code === "NoSuchKey" && request.name !== undefined) return undefined;
    if (refusal.isOfExpiredKeys) this.#credentials.forget();
    throw refusal;
  }

  async #signed({ method, name, query = {}, headers = {}, body }: S3Request) {
    const { endpoint, bucket, region, addressing } = this.#place;
    const host = addressing === "virtual" ? `${bucket}.${endpoint.host}` : endpoint.host;
    const segments = [...endpoint.pathname.split("/"), ...(addressing === "path" ? [bucket] : [])].filter((part) => part !== "");
    const root = segments.map((part) => `/${part}`).join("");
    const asked = new URLSearchParams(query).toString();
    const path = `${root}/${name === undefined ? "" : this.#keyOf(name)}${asked && `?${asked}`}`;
    const signed = aws4.sign(
      {
        host,
        service: "s3",
        region,
        method,
        path,
        headers: {
          ...headers,
          "x-amz-content-sha256": body?.sha256 ?? EMPTY_SHA256,
          ...(body && { "content-length": String(body.size), "content-type": "application/octet-stream" }),
        },
      },
      await this.#credentials.get(),
    );
    const bytes = body?.open();
    return {
      method,
      url: new URL(`${endpoint.protocol}//${host}${signed.path}`),
      headers: signed.headers as Record<string, string>,
      ...(bytes !== undefined && { body: bytes }),
    };
  }

  /** Throws PlatformError "blobs-unreachable" or "blobs-refused", and what the caller's own part of it throws. */
  async #persist<T>(attempt: () => Promise<T>): Promise<T> {
    const lastMs = performance.now() + ATTEMPTS_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await attempt();
      } catch (error) {
        const isHopeless = !(error instanceof S3Failure) || !error.isTransient;
        const waitMs = pauseMs * (0.5 + this.#random.unit());
        if (isHopeless || performance.now() + waitMs > lastMs) throw asPlatformError(error, this.#place);
        await delay(waitMs);
      }
    }
  }

  #keyOf(name: string): string {
    return this.#place.prefix === "" ? name : `${this.#place.prefix}/${name}`;
  }
}

interface ListBucketResult {
  readonly IsTruncated?: string;
  readonly NextContinuationToken?: string;
  readonly Contents?: readonly { readonly Key: string; readonly LastModified: string }[];
}
