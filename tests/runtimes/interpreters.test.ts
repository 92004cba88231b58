import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { candidates, guessVersion } from "../../src/runtimes/interpreter-places.ts";
import { type InterpreterSettings, Interpreters, rank } from "../../src/runtimes/interpreters.ts";
import type { Language } from "../../src/runtimes/runtime.ts";

/** A home with programs that answer as interpreters of these versions would, at these paths. */
async function homeOf(t: TestContext, programs: Readonly<Record<string, readonly number[] | "broken">>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "lambent-home-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  for (const [path, version] of Object.entries(programs)) {
    const file = join(home, path);
    const answer = JSON.stringify({ executable: file, prefix: dirname(dirname(file)), version, bound: false, options: [] });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, version === "broken" ? "#!/bin/sh\nexit 1\n" : `#!/bin/sh\necho '${answer}'\n`);
    await chmod(file, 0o755);
  }
  return home;
}

function settingsOf(home: string, more: Partial<InterpreterSettings> = {}): InterpreterSettings {
  return { search: { path: join(home, "bin"), home, variables: {} }, given: new Map(), exact: false, ...more };
}

const wanted = (language: Language, version: number) => ({
  id: language === "nodejs" ? `nodejs${version}.x` : `python3.${version}`,
  language,
  version,
});

// Versions that no machine has, so that what stands in /usr cannot win.
test("the exact version is preferred to newer ones, and of equals the newest patch", async (t) => {
  const home = await homeOf(t, {
    ".pyenv/versions/3.90.1/bin/python3.90": [3, 90, 1],
    ".pyenv/versions/3.90.4/bin/python3.90": [3, 90, 4],
    ".local/share/uv/python/cpython-3.91.0-linux-x86_64-gnu/bin/python3.91": [3, 91, 0],
  });
  const found = await new Interpreters(settingsOf(home)).find(wanted("python", 90));
  assert.ok(found.usable);
  assert.deepEqual(found.interpreter.version, [3, 90, 4]);
  assert.equal(found.interpreter.warning, undefined);
});

test("without the exact version it is the nearest newer one, with a sentence", async (t) => {
  const home = await homeOf(t, {
    ".asdf/installs/nodejs/93.0.0/bin/node": [93, 0, 0],
    ".nvm/versions/node/v95.1.2/bin/node": [95, 1, 2],
  });
  const found = await new Interpreters(settingsOf(home)).find(wanted("nodejs", 92));
  assert.ok(found.usable);
  const path = join(home, ".asdf/installs/nodejs/93.0.0/bin/node");
  assert.equal(found.interpreter.warning, `nodejs92.x runs on Node.js 93.0.0 (${path}): Node.js 92 was not found.`);
});

test("an older version is never taken", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 98, 0] });
  const found = await new Interpreters(settingsOf(home)).find(wanted("python", 99));
  assert.deepEqual(found, {
    usable: false,
    because:
      "python3.99 needs Python 3.99 or newer on this machine, and none was found. Install it, or start lambent with --runtime-path python3.99=PATH.",
  });
});

test("with `exact` a newer version is refused by name", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 98, 0] });
  const found = await new Interpreters(settingsOf(home, { exact: true })).find(wanted("python", 97));
  assert.ok(!found.usable);
  assert.match(found.because, /^python3\.97 needs Python 3\.97, and the nearest here is Python 3\.98\.0 \(/);
});

test("a broken installation is passed over", async (t) => {
  const home = await homeOf(t, {
    ".pyenv/versions/3.90.4/bin/python3.90": "broken",
    ".pyenv/versions/3.90.1/bin/python3.90": [3, 90, 1],
  });
  const found = await new Interpreters(settingsOf(home)).find(wanted("python", 90));
  assert.ok(found.usable);
  assert.deepEqual(found.interpreter.version, [3, 90, 1]);
});

test("an interpreter installed meanwhile is found", async (t) => {
  const home = await homeOf(t, {});
  const interpreters = new Interpreters(settingsOf(home));
  assert.equal((await interpreters.find(wanted("python", 90))).usable, false);
  await mkdir(join(home, "bin"));
  const other = await homeOf(t, { python: [3, 90, 0] });
  await symlink(join(other, "python"), join(home, "bin/python3"));
  assert.equal((await interpreters.find(wanted("python", 90))).usable, true);
});

test("the interpreter given for a runtime is used for that runtime alone", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 90, 0], "mine/python": [3, 90, 9] });
  const given = new Map([["python3.90", join(home, "mine/python")]]);
  const interpreters = new Interpreters(settingsOf(home, { given }));
  const [mine, other] = await Promise.all([interpreters.find(wanted("python", 90)), interpreters.find(wanted("python", 89))]);
  assert.ok(mine.usable && other.usable);
  assert.equal(mine.interpreter.executable, join(home, "mine/python"));
  assert.equal(other.interpreter.executable, join(home, "bin/python3"));
});

test("a given interpreter that is missing or older is refused, whatever else is there", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 90, 0], "mine/python": [3, 89, 0] });
  for (const path of [join(home, "mine/python"), join(home, "nowhere")]) {
    const interpreters = new Interpreters(settingsOf(home, { given: new Map([["python3.90", path]]) }));
    assert.deepEqual(await interpreters.find(wanted("python", 90)), {
      usable: false,
      because: `The interpreter given for python3.90, ${path}, does not run or is older than Python 3.90.`,
    });
  }
});

test("an interpreter built into the home itself shares its prefix with everything else there", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 90, 0], ".pyenv/versions/3.91.0/bin/python3": [3, 91, 0] });
  const interpreters = new Interpreters(settingsOf(home));
  const [shared, own] = await Promise.all([interpreters.find(wanted("python", 90)), interpreters.find(wanted("python", 91))]);
  assert.ok(shared.usable && own.usable);
  assert.deepEqual([shared.interpreter.isShared, own.interpreter.isShared], [true, false]);
});

test("Python 2 is not taken for a newer Python 3", () => {
  const found = rank("python", 9, [
    { path: "a", version: [2, 17, 0] },
    { path: "b", version: [3, 9, 1] },
  ]);
  assert.deepEqual(
    found.map(({ path }) => path),
    ["b"],
  );
});

test("versions are read from the paths of version managers", () => {
  const home = "/home/u";
  assert.deepEqual(guessVersion("nodejs", `${home}/.nvm/versions/node/v22.3.0/bin/node`), [22, 3, 0]);
  assert.deepEqual(guessVersion("nodejs", `${home}/.local/share/fnm/node-versions/v20.19.1/installation/bin/node`), [20, 19, 1]);
  assert.deepEqual(guessVersion("python", `${home}/.local/share/uv/python/cpython-3.12.7-linux-x86_64-gnu/bin/python3.12`), [3, 12, 7]);
  assert.deepEqual(guessVersion("python", "/usr/bin/python3.11"), [3, 11]);
  assert.equal(guessVersion("nodejs", "/usr/bin/node"), undefined);
});

test("shims are looked at last, and links only once", async (t) => {
  const home = await homeOf(t, { "bin/python3": [3, 90, 0], "shims/python3": [3, 90, 0] });
  await symlink(join(home, "bin/python3"), join(home, "bin/python3.90"));
  const found = candidates("python", { path: `${join(home, "shims")}:${join(home, "bin")}`, home, variables: {} }).map(({ path }) => path);
  assert.deepEqual(
    found.filter((path) => path.startsWith(home)),
    [join(home, "bin/python3"), join(home, "shims/python3")],
  );
});
