// A real browser without a screen, driven over its DevTools protocol by Node's own WebSocket. Its profile is new each time and gone afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const START_MS_MAX = 100_000;

/** Nothing that would call home, and no sandbox of its own: root may not have one, and it only ever shows our own pages. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-dev-shm-usage",
  "--disable-extensions",
  "--disable-sync",
  "--no-proxy-server",
];

export function findChromium(): string | undefined {
  return PROGRAMS.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Tab {
  /** Goes there as if the address had been typed; resolves when the page has loaded. */
  visit(url: string): Promise<void>;
  /** What the expression, or the promise that it makes, comes to inside the page. Rejects with what it throws. */
  run(expression: string): Promise<unknown>;
  /** The address of the page that is shown now. */
  address(): Promise<string>;
}

export interface Chromium {
  openTab(): Promise<Tab>;
  close(): Promise<void>;
}

/** `hosts`: names that are this machine to the browser, beside localhost. */
export async function openChromium(program: string, hosts: readonly string[]): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "lambent-chromium-"));
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",");
  const own = [`--user-data-dir=${profile}`, `--host-resolver-rules=${rules}`, "--remote-debugging-port=0"];
  const child = spawn(program, [...QUIET, ...own, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { HOME: profile, PATH: "/usr/bin:/bin" },
  });
  const devTools = await debuggerAddress(child)
    .then((address) => DevTools.connect(address))
    .catch(async (error: unknown) => {
      child.kill("SIGKILL");
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      throw error;
    });
  const close = async () => {
    const ended = once(child, "exit");
    await devTools.call("Browser.close").catch(() => child.kill("SIGKILL"));
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { openTab: () => openTab(devTools), close };
}

/** Told on stderr once it listens. */
async function debuggerAddress(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error("Chromium did not start in time")), START_MS_MAX);
  let said = "";
  createInterface({ input: child.stderr! }).on("line", (line) => {
    said += `${line}\n`;
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) resolve(address);
  });
  child.once("exit", () => reject(new Error(`Chromium ended:\n${said}`)));
  return promise.finally(() => clearTimeout(timer));
}

async function openTab(devTools: DevTools): Promise<Tab> {
  const { targetId } = await devTools.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await devTools.call("Target.attachToTarget", { targetId, flatten: true });
  const call = (method: string, parameters: object = {}) => devTools.call(method, parameters, sessionId as string);
  await call("Page.enable");
  const run = async (expression: string) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  };
  const visit = async (url: string) => {
    const loaded = devTools.next("Page.loadEventFired", sessionId as string);
    const { errorText } = await call("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    await loaded;
  };
  return { visit, run, address: async () => String(await run("location.href")) };
}

type Result = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly result?: Result;
  readonly error?: { readonly message: string };
}

class DevTools {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<Result>>();
  readonly #events = new Set<(message: Message) => void>();
  #calledLast = 0;

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await once(socket, "open");
    return new DevTools(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(String(data)) as Message));
    socket.addEventListener("close", () => {
      for (const call of this.#calls.values()) call.reject(new Error("Chromium has closed the connection"));
    });
  }

  call(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const call = Promise.withResolvers<Result>();
    this.#calls.set(++this.#calledLast, call);
    this.#socket.send(JSON.stringify({ id: this.#calledLast, method, params, sessionId }));
    return call.promise;
  }

  /** Resolves at the next event of this name. */
  next(method: string, sessionId: string): Promise<void> {
    return new Promise((resolve) => {
      const hear = (message: Message) => {
        if (message.method !== method || message.sessionId !== sessionId) return;
        this.#events.delete(hear);
        resolve();
      };
      this.#events.add(hear);
    });
  }

  #hear(message: Message): void {
    if (message.id === undefined) {
      for (const hear of [...this.#events]) hear(message);
      return;
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error !== undefined) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result ?? {});
  }
}
