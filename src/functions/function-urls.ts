// Function URLs as the front door needs them: what an id leads to, remembered so that a request touches no SQL.
// Discipline: whatever changes one wakes URL_TOPIC in its transaction and begins a change of its function, and all are forgotten before its
// caller hears of it: here by the wake-up, on other nodes when they read the change.

import type { Grant } from "../access/resource-statement.ts";
import { type Database, EVERY_TOPIC } from "../store/database.ts";
import type { Name } from "./catalogue.ts";
import { readUrl, URL_TOPIC, type UrlRow } from "./function-urls.procs.ts";

export interface FunctionUrl {
  readonly urlId: string;
  readonly function: Name;
  /** An alias, or undefined. */
  readonly qualifier: string | undefined;
  readonly authType: UrlRow["auth_type"];
  readonly invokeMode: UrlRow["invoke_mode"];
  readonly cors: Cors | undefined;
  /** Of the resource policy. */
  readonly statements: readonly ResourceStatement[];
}

/** As the API has it; what was not set is absent. */
export interface Cors {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  readonly MaxAge?: number | undefined;
}

/** All of them allow. */
export interface ResourceStatement extends Grant {
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class FunctionUrls {
  readonly #database: Database;
  readonly #known = new Map<string, Promise<FunctionUrl | undefined>>();
  readonly #stop: () => void;

  constructor(database: Database) {
    this.#database = database;
    this.#stop = database.onWake((topic) => {
      if (topic === URL_TOPIC || topic === EVERY_TOPIC) this.forgetAll();
    });
  }

  forgetAll(): void {
    this.#known.clear();
  }

  find(urlId: string): Promise<FunctionUrl | undefined> {
    const known = this.#known.get(urlId);
    if (known !== undefined) return known;
    const read = this.#read(urlId);
    this.#known.set(urlId, read);
    // Ids that nobody has given out are not remembered: there is no end to them.
    const forget = () => this.#known.get(urlId) === read && this.#known.delete(urlId);
    read.then((found) => found ?? forget(), forget);
    return read;
  }

  close(): void {
    this.#stop();
  }

  async #read(urlId: string): Promise<FunctionUrl | undefined> {
    const row = await this.#database.read(readUrl, urlId);
    return row && fromRow(urlId, row);
  }
}

function fromRow(urlId: string, row: UrlRow): FunctionUrl {
  const { account, region, name, qualifier, auth_type, invoke_mode, cors, statements } = row;
  return {
    urlId,
    function: { account, region, name },
    qualifier: qualifier === "" ? undefined : qualifier,
    authType: auth_type,
    invokeMode: invoke_mode,
    cors: cors === null ? undefined : (JSON.parse(cors) as Cors),
    statements: JSON.parse(statements ?? "[]") as ResourceStatement[],
  };
}
