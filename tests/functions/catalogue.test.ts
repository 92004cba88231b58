import assert from "node:assert/strict";
import { test } from "node:test";
import type { AliasRow, FunctionRow, VersionRow } from "../../src/functions/catalogue.procs.ts";
import { FunctionCatalogue } from "../../src/functions/catalogue.ts";
import { settings } from "./plain-settings.ts";

const name = { account: "123456789012", region: "eu-central-1", name: "fn" };
const arn = "arn:aws:lambda:eu-central-1:123456789012:function:fn";

function row(generation: number, created_at: number | null = 1): FunctionRow {
  return { id: 7, ...name, generation, created_at, changed_in: generation };
}

function version(number: number, revision: string, over: Partial<VersionRow> = {}): VersionRow {
  return {
    function_id: 7,
    number,
    revision,
    modified_at: 1,
    state: "Active",
    update_status: "Successful",
    code_key: "k",
    code_sha256: "s",
    code_size: 1,
    fingerprint: "f",
    description: "",
    settings,
    ...over,
  };
}

function alias(over: Partial<AliasRow> = {}): AliasRow {
  return { function_id: 7, name: "live", number: 1, second_number: null, second_weight: null, description: "", revision: "r", ...over };
}

function notFound(qualifier: string) {
  return { code: "ResourceNotFoundException", status: 404, message: `Function not found: ${arn}:${qualifier}` };
}

test("a name without a qualifier leads to $LATEST and is invoked by the plain ARN", () => {
  const catalogue = new FunctionCatalogue();
  catalogue.apply({ function: row(1), versions: [version(0, "r0"), version(1, "r1")] });
  const resolved = catalogue.resolve(name, undefined, 0);
  assert.equal(resolved.version.version, "$LATEST");
  assert.equal(resolved.version.revisionId, "r0");
  assert.equal(resolved.invokedArn, arn);
});

test("an alias with weights sends the draws below the weight to the second version", () => {
  const catalogue = new FunctionCatalogue();
  const live = alias({ second_number: 2, second_weight: 0.25 });
  catalogue.apply({ function: row(1), versions: [version(0, "r0"), version(1, "r1"), version(2, "r2")], aliases: [live] });
  const drawn = (unit: number) => catalogue.resolve(name, "live", unit).version.version;
  assert.deepEqual([0, 0.2499, 0.25, 0.9999].map(drawn), ["2", "2", "1", "1"]);
  assert.equal(catalogue.resolve(name, "live", 0).invokedArn, `${arn}:live`);
});

test("weights of 0 and 1 send nothing and everything", () => {
  const catalogue = new FunctionCatalogue();
  const versions = [version(0, "r0"), version(1, "r1"), version(2, "r2")];
  catalogue.apply({ function: row(1), versions, aliases: [alias({ name: "none", second_number: 2, second_weight: 0 })] });
  catalogue.apply({ function: row(2), aliases: [alias({ name: "all", second_number: 2, second_weight: 1 })] });
  assert.equal(catalogue.resolve(name, "none", 0).version.version, "1");
  assert.equal(catalogue.resolve(name, "all", 0.9999).version.version, "2");
});

test("what does not exist is not found, with the qualifier that was meant", () => {
  const catalogue = new FunctionCatalogue();
  assert.throws(() => catalogue.resolve(name, undefined, 0), notFound("$LATEST"));
  catalogue.apply({ function: row(1), versions: [version(0, "r0")] });
  assert.throws(() => catalogue.resolve(name, "1", 0), notFound("1"));
  assert.throws(() => catalogue.resolve({ ...name, region: "us-east-1" }, undefined, 0), { status: 404 });
});

test("a function that is being created cannot be invoked yet", () => {
  const catalogue = new FunctionCatalogue();
  catalogue.apply({ function: row(1), versions: [version(0, "r0", { state: "Pending" })] });
  const message = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
  assert.throws(() => catalogue.resolve(name, undefined, 0), { code: "ResourceConflictException", status: 409, message });
});

test("while an update is in progress the former revision runs", () => {
  const catalogue = new FunctionCatalogue();
  catalogue.apply({ function: row(1), versions: [version(0, "old")] });
  catalogue.apply({ function: row(2), versions: [version(0, "new", { update_status: "InProgress" })] });
  assert.equal(catalogue.resolve(name, undefined, 0).version.revisionId, "old");
  assert.equal(catalogue.find(name)?.versions.get("$LATEST")?.revisionId, "new");
  catalogue.apply({ function: row(3), versions: [version(0, "settled")] });
  assert.equal(catalogue.resolve(name, undefined, 0).version.revisionId, "settled");
});

test("listeners hear of every revision that runs from now on, and of what is deleted", () => {
  const catalogue = new FunctionCatalogue();
  const heard: string[] = [];
  catalogue.onChange((id, of, now) => heard.push(`${id} ${of} ${now?.revisionId}`));
  catalogue.apply({ function: row(1), versions: [version(0, "r0"), version(1, "r1"), version(2, "r2")] });
  assert.deepEqual(heard.splice(0), ["7 $LATEST r0", "7 1 r1", "7 2 r2"]);
  catalogue.apply({ function: row(2), versions: [version(0, "r2", { update_status: "InProgress" })] });
  assert.deepEqual(heard, []);
  catalogue.apply({ function: row(3), versions: [version(0, "r3")], removedVersions: [1] });
  assert.deepEqual(heard.splice(0), ["7 1 undefined", "7 $LATEST r3"]);
  catalogue.apply({ function: row(4, null) });
  assert.deepEqual(heard, ["7 $LATEST undefined", "7 2 undefined"]);
});

test("changes that overtook each other lead to the same function", () => {
  const created = { function: row(1), versions: [version(0, "r0")] };
  const changes = [
    { function: row(2), versions: [version(0, "r2"), version(1, "v1")] },
    { function: row(3), aliases: [alias()] },
    { function: row(4), versions: [version(0, "r4")], tags: [{ function_id: 7, key: "a", value: "b" }] },
    { function: row(5), aliases: [alias({ name: "gone" })] },
    { function: row(6), removedAliases: ["gone"] },
  ];
  const after = (order: readonly (typeof changes)[number][]) => {
    const catalogue = new FunctionCatalogue();
    for (const change of [created, ...order]) catalogue.apply(change);
    const { versions, aliases, tags } = catalogue.find(name)!;
    return { versions, aliases: [...aliases.keys()], tags, latest: catalogue.resolve(name, undefined, 0).version.revisionId };
  };
  const expected = after(changes);
  assert.equal(expected.latest, "r4");
  assert.deepEqual(expected.aliases, ["live"]);
  const { versions, ...rest } = after(changes.toReversed());
  assert.deepEqual(rest, { aliases: expected.aliases, tags: expected.tags, latest: "r4" });
  assert.deepEqual(new Map([...versions].sort()), new Map([...expected.versions].sort()));
});

test("a change that comes after the deletion which followed it does not bring the function back", () => {
  const catalogue = new FunctionCatalogue();
  catalogue.apply({ function: row(1), versions: [version(0, "r0")] });
  catalogue.apply({ function: row(3, null) });
  catalogue.apply({ function: row(2), versions: [version(0, "late")] });
  assert.equal(catalogue.find(name), undefined);
  catalogue.apply({ function: row(4), versions: [version(0, "again")] });
  assert.equal(catalogue.resolve(name, undefined, 0).version.revisionId, "again");
});

test("a deletion that comes after the creation which followed it takes only what is older", () => {
  const catalogue = new FunctionCatalogue();
  const heard: string[] = [];
  catalogue.apply({ function: row(1), versions: [version(0, "r0"), version(1, "v1")], aliases: [alias()] });
  catalogue.onChange((_id, of, now) => heard.push(`${of} ${now?.revisionId}`));
  catalogue.apply({ function: row(3), versions: [version(0, "again")] });
  catalogue.apply({ function: row(2, null) });
  assert.deepEqual([...catalogue.find(name)!.versions.keys()], ["$LATEST"]);
  assert.equal(catalogue.find(name)!.aliases.size, 0);
  assert.deepEqual(heard, ["$LATEST again", "1 undefined"]);
});
