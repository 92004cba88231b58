// `lambent doctor --fix`: what it decides and writes. AppArmor itself is Ubuntu's; here only what it would be given is looked at.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { test } from "node:test";
import { decideFix, launcherPattern, PROFILE_FILE } from "../../src/cli/doctor/app-armor.ts";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { lambent } from "./lambent.ts";

const ubuntu = { isRestricted: true, isRoot: true, launchers: "/opt/lambent/target/*/stem/stem" };

test("root's fix on Ubuntu says what it writes, where and for which program", () => {
  const fix = decideFix(ubuntu);
  assert.equal(fix.kind, "write");
  assert.match(fix.words, /\/etc\/apparmor\.d\/lambent\b.*\/opt\/lambent\/target/);
});

test("the profile allows user namespaces to the launcher, and confines nothing", () => {
  const fix = decideFix(ubuntu);
  const rules =
    fix.kind === "write"
      ? fix.text
          .replaceAll(/^#.*$/gm, "")
          .split("\n")
          .map((line) => line.trim())
          .filter(Boolean)
      : [];
  assert.deepEqual(rules, [
    "abi <abi/4.0>,",
    "include <tunables/global>",
    'profile lambent "/opt/lambent/target/*/stem/stem" flags=(unconfined) {',
    "userns,",
    "include if exists <local/lambent>",
    "}",
  ]);
});

test("an ordinary user is refused and told how", () => {
  assert.deepEqual(decideFix({ ...ubuntu, isRoot: false }), {
    kind: "refused",
    words: "Only root may install an AppArmor profile: sudo lambent doctor --fix",
  });
});

test("where nothing is restricted nothing is written, even by root", () => {
  assert.equal(decideFix({ ...ubuntu, isRestricted: false }).kind, "nothing");
});

test("the launcher that this checkout builds is one of those that the profile is for", { skip: process.platform !== "linux" }, async () => {
  assert.ok(matchesGlob(await buildStem(), launcherPattern()));
});

test("an installed package's launcher is allowed in every user's cache", () => {
  assert.equal(launcherPattern({ checkout: undefined }), "@{HOME}/.cache/lambent/stem-*/target/*/stem/stem");
});

test("a folder whose name looks like a pattern is only itself", () => {
  assert.equal(launcherPattern({ checkout: '/srv/a*[b]{c}"d' }), '/srv/a\\*\\[b\\]\\{c\\}\\"d/target/*/stem/stem');
});

const isRestricted =
  existsSync("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") &&
  readFileSync("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "utf8").trim() === "1";

test("doctor --fix on a machine without the restriction says so, writes nothing and examines", {
  skip: isRestricted && "restricted here",
}, async () => {
  const { exitCode, err, out } = await lambent(["doctor", "--fix", "--json", "--sandbox", "process"]);
  assert.equal(exitCode, 0);
  assert.match(err, /^There is nothing to fix: AppArmor/);
  assert.ok(JSON.parse(out).length > 3);
  assert.equal(existsSync(PROFILE_FILE), false);
});
