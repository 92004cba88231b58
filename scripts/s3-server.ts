// A server of S3 for tests: moto, on a free port of loopback, with signatures checked against one user's keys. What it holds is gone with it.
// It ends with the process that started it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { pythonEnv } from "./python-env.ts";

const START_MS_MAX = 60_000;
const REGION = "us-east-1";
const ANY_KEYS: S3Keys = { accessKeyId: "any", secretAccessKey: "any" };
const ANYTHING = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });

/**
 * moto_server's own main, with a watch: when its standard input ends, so does it. And with the path as it was sent, which is what is signed:
 * moto 5.2.1 takes it without its encoding, so that it refuses AWS's own clients where there is a "%2F".
 */
const PROGRAM = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from flask import request
from moto.iam.access_control import IAMRequestBase
from moto.server import main
without_encoding = IAMRequestBase._create_aws_request
def as_sent(self):
    self._path = request.environ["RAW_URI"]
    return without_encoding(self)
IAMRequestBase._create_aws_request = as_sent
main(["-H", "127.0.0.1", "-p", "0"])
`;

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: S3Keys;
  /** Of AWS's own SDK, for what a test does past lambent. */
  readonly client: S3Client;
  /** A new bucket; its name. */
  createBucket(): Promise<string>;
  stop(): Promise<void>;
}

export interface S3ServerOptions {
  /** Keys and signatures are not looked at: once they are, moto fails on requests that have none, as STS's for web identities. */
  readonly isOpen?: boolean;
}

export async function startS3({ isOpen = false }: S3ServerOptions = {}): Promise<S3Server> {
  const { python } = await pythonEnv("bucket");
  const child = spawn(python, ["-u", "-c", PROGRAM], { stdio: ["pipe", "ignore", "pipe"] });
  const ended = once(child, "exit");
  try {
    const endpoint = await endpointOf(child);
    const keys = isOpen ? ANY_KEYS : await firstUser(endpoint);
    const client = new S3Client({ endpoint, region: REGION, credentials: keys, forcePathStyle: true });
    let last = 0;
    return {
      endpoint,
      region: REGION,
      keys,
      client,
      async createBucket() {
        const Bucket = `lambent-test-${++last}`;
        await client.send(new CreateBucketCommand({ Bucket }));
        return Bucket;
      },
      async stop() {
        client.destroy();
        child.kill("SIGKILL");
        await ended;
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** It says on standard error where it listens, and then one line for every request. */
async function endpointOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const failed = () => reject(new Error(`moto did not start:\n${said.join("\n")}`));
  createInterface({ input: child.stderr! }).on("line", (line) => {
    const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (endpoint !== undefined) resolve(endpoint);
    else if (said.length < 50) said.push(line);
  });
  child.once("exit", failed);
  const timer = setTimeout(failed, START_MS_MAX);
  return promise.finally(() => clearTimeout(timer));
}

/** Made while nothing is checked; from then on everything is. */
async function firstUser(endpoint: string): Promise<S3Keys> {
  const iam = new IAMClient({ endpoint, region: REGION, credentials: ANY_KEYS });
  const UserName = "lambent";
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "anything", PolicyDocument: ANYTHING }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", headers: { "content-type": "text/plain" }, body: "0" });
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}
