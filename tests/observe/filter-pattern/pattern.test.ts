import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidFilterPattern } from "../../../src/observe/filter-pattern/invalid.ts";
import { parseFilterPattern } from "../../../src/observe/filter-pattern/pattern.ts";

function found(pattern: string, messages: readonly string[]): string[] {
  const parsed = parseFilterPattern(pattern);
  return messages.filter((message) => parsed.matches(message));
}

function refuses(pattern: string, message?: string): void {
  assert.throws(
    () => parseFilterPattern(pattern),
    (error) => error instanceof InvalidFilterPattern && (message === undefined || error.message === message),
    pattern,
  );
}

describe("terms", () => {
  const log = [
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
    "[ERROR 500] INTERNAL SERVER ERROR",
    "[INFO] REQUEST FAILED",
  ];
  const numbers = (pattern: string) => found(pattern, log).map((line) => log.indexOf(line));

  test("one term must occur", () => assert.deepEqual(numbers("ERROR"), [0, 1, 2, 3, 4]));
  test("of several terms each must occur", () => assert.deepEqual(numbers("ERROR ARGUMENTS"), [2, 3]));
  test("of terms with a question mark one is enough", () => assert.deepEqual(numbers("?UNAUTHORIZED ?ARGUMENTS"), [1, 2, 3]));
  test("question marks beside other terms are ignored", () => assert.deepEqual(numbers("?ERROR ?ARGUMENTS REQUEST"), [0, 1, 5]));
  test("a quoted phrase must occur as it stands", () => assert.deepEqual(numbers('"INTERNAL SERVER ERROR"'), [4]));
  test("a term with a minus must not occur", () => assert.deepEqual(numbers("ERROR -ARGUMENTS"), [0, 1, 4]));
  test("a phrase can be excluded or optional", () => {
    assert.deepEqual(numbers('ERROR -"BAD REQUEST" -ARGUMENTS'), [1, 4]);
    assert.deepEqual(numbers('?"BAD REQUEST" ?"[INFO]"'), [0, 5]);
  });
  test("a quoted space and the empty pattern find everything", () => {
    for (const pattern of ["", "  ", '" "']) assert.deepEqual(found(pattern, ["x", ...log]), ["x", ...log]);
  });
  test("case matters, and a term is found inside a word", () => {
    assert.deepEqual(found("Error", ["ERROR", "Errors"]), ["Errors"]);
    assert.deepEqual(found("ERROR", ["Exiting with ERRORCODE: -1"]), ["Exiting with ERRORCODE: -1"]);
  });
  test("a quotation mark inside a phrase is escaped", () =>
    assert.deepEqual(found('"say \\"no\\""', ['I say "no"', "say no"]), ['I say "no"']));
  test("only exclusions leave all the rest", () => assert.deepEqual(numbers("-ERROR"), [5]));
  test("words of every script are terms", () => assert.deepEqual(found("Fehlgröße", ["Fehlgröße 3"]), ["Fehlgröße 3"]));
  test("other characters need quotation marks", () => {
    refuses("a@b.example", "Invalid character(s) in term 'a@b.example'");
    refuses("/aws/lambda");
    refuses('""', `Invalid character(s) in term '""'`);
    refuses('"open');
    refuses("-");
    refuses('"a"b');
  });
  test("the longest term tells which chunks can be passed over", () => {
    assert.equal(parseFilterPattern('a "long phrase" -never').requires, "long phrase");
    assert.equal(parseFilterPattern("?a ?b").requires, undefined);
  });
});

describe("regex", () => {
  const cases: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
    ["%AUTHORIZED%", ["[ERROR 401] UNAUTHORIZED REQUEST", "[SUCCESS 200] AUTHORIZED REQUEST"], ["authorized"]],
    ["%^[hc]at%", ["hat", "cats"], ["a hat", "bat"]],
    ["%[hc]at$%", ["a hat", "a hat\n"], ["hats", "hat\n\n", "hat\nx"]],
    ["%colou?r%", ["color", "colour"], ["colouur"]],
    ["%[abcx-z]%", ["a", "y"], ["d", "w"]],
    ["%^a{3,5}$%", ["aaa", "aaaa", "aaaaa"], ["aa", "aaaaaa"]],
    ["%^a{2}$%", ["aa"], ["a", "aaa"]],
    ["%^a{2,}$%", ["aa", "aaaaaaa"], ["a"]],
    ["%^a{,2}$%", ["", "a", "aa"], ["aaa"]],
    ["%gray|grey%", ["a grey", "gray"], ["griy"]],
    ["%^starting|^initializing|^shutting down%", ["starting up", "shutting down"], ["skipping initializing"]],
    ["%abcc|ab[^c]$%", ["abcc x", "aba"], ["aac", "abax"]],
    ["%\\[.\\]%", ["[a]", "[]]", "[ ]"], ["[]", "[ab]"]],
    ["%10\\.10\\.0\\.1%", ["at 10.10.0.1"], ["10010,051"]],
    ["%10.10.0.1%", ["10010,051"], []],
    ["%^ab*c$%", ["ac", "abc", "abbbc"], ["abb"]],
    ["%^ab[0-9]*$%", ["ab", "ab0", "ab129"], ["abx"]],
    ["%^ab+c%", ["abc", "abbc"], ["ac"]],
    ["%^.at%", ["hat", "#at", " at", "éat"], ["at"]],
    ["%^\\d\\D\\s\\S\\w\\W$%", ["1x\ty_-"], ["xx\ty_-", "1x\ty--"]],
    ["%\\x3A%", [":"], [";"]],
    ["%\\x28%", ["f(x)"], ["f"]],
    ["%[\\d-]+$%", ["12-34"], ["x"]],
    ["%[]a]%", ["]", "a"], ["b"]],
    ["%a-b/c;d,e#f=g@h_i%", ["a-b/c;d,e#f=g@h_i"], ["ab"]],
    ["%^$%", [""], ["x"]],
  ];
  for (const [pattern, yes, no] of cases) {
    test(`${pattern} as AWS documents it`, () => assert.deepEqual(found(pattern, [...yes, ...no]), yes));
  }
  test("what AWS does not support is refused", () => {
    const wrong = [
      "%something!%",
      "%(a)%",
      "%é%",
      "%a",
      "%a{5,3}%",
      "%a{1000}%",
      "%[z-a]%",
      "%[a%",
      "%*a%",
      "%a\\%",
      "%%",
      "%\\q%",
      "%a$b%",
      "%a% b",
    ];
    for (const pattern of wrong) refuses(pattern);
  });
  test("the refusal names the expression", () => refuses("%a(b)%", "Invalid character(s) in term '%a(b)%'"));
  test("its longest fixed part tells which chunks can be passed over", () => {
    assert.equal(parseFilterPattern("%^a?user-79\\d+x%").requires, "user-79");
    assert.equal(parseFilterPattern("%one|two%").requires, undefined);
  });
  test("an expression that ruins a backtracking engine is linear here", () => {
    const expression = parseFilterPattern("%a*a*a*a*a*a*a*a*b%");
    assert.equal(expression.matches("a".repeat(100_000)), false);
    assert.equal(expression.matches(`${"a".repeat(100_000)}b`), true);
  });
});

describe("JSON", () => {
  const trail = JSON.stringify({
    eventType: "UpdateTrail",
    sourceIPAddress: "111.111.111.111",
    arrayKey: ["value", "another value"],
    objectList: [
      { name: "a", id: 1 },
      { name: "b", id: 2 },
    ],
    SomeObject: null,
    "cluster.name": "c",
    number: [1000, 0.5],
    ok: true,
    latency: 50,
    code: "400",
  });
  const users = JSON.stringify({
    user: { id: 1, email: "John.Stiles@example.com" },
    users: [
      { id: 2, email: "John.Doe@example.com" },
      { id: 3, email: "Jane.Doe@example.com" },
    ],
    actions: ["GET", "PUT", "DELETE"],
    coordinates: [
      [0, 1, 2],
      [4, 5, 6],
      [7, 8, 9],
    ],
  });
  const yes: readonly (readonly [string, string])[] = [
    [trail, '{ $.eventType = "UpdateTrail" }'],
    [trail, "{ $.eventType = UpdateTrail }"],
    [trail, "{$.eventType=Update*}"],
    [trail, "{ $.sourceIPAddress != 123.123.* }"],
    [trail, '{ $.arrayKey[0] = "value" }'],
    [trail, "{ $.eventType = %Trail% }"],
    [trail, "{ $.arrayKey[*] = %val.{2}% }"],
    [trail, "{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }"],
    [trail, `{ $.['cluster.name'] = "c" }`],
    [trail, "{ $.SomeObject IS NULL }"],
    [trail, "{ $.SomeOtherObject NOT EXISTS }"],
    [trail, "{ $.ok IS TRUE }"],
    [trail, "{ $.objectList[1].id = 2 }"],
    [trail, '{ $.objectList[*].name = "b" }'],
    [trail, "{ $.number[0] = 1e+3 }"],
    [trail, "{ $.number[1] != 1e-3 }"],
    [trail, "{ $.number[1] = .5 }"],
    [trail, "{ $.latency = * }"],
    [trail, "{ $.latency >= 50 && $.latency <= 50 && $.latency > 49.9 && $.latency < 5e2 }"],
    [trail, "{ $.code = 400 }"],
    [trail, '{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }'],
    [users, '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }'],
    [users, '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }'],
  ];
  const no: readonly (readonly [string, string])[] = [
    [users, '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }'],
    [users, '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }'],
    [trail, '{ $.eventType = "updatetrail" }'],
    [trail, "{ $.missing != 1 }"],
    [trail, "{ $.arrayKey != 1 }"],
    [trail, "{ $.SomeObject != 1 }"],
    [trail, "{ $.SomeObject NOT EXISTS }"],
    [trail, "{ $.ok IS FALSE }"],
    [trail, "{ $.eventType > 1 }"],
    [trail, "{ $.arrayKey[7] = * }"],
    [trail, "{ $.cluster.name = c }"],
    [trail, "{ $.toString = * }"],
    ["[1, 2]", "{ $.* = 1 }"],
    ["plain text", "{ $.a NOT EXISTS }"],
    ['{"a":1', "{ $.a = 1 }"],
  ];
  for (const [event, pattern] of yes) test(`${pattern} matches`, () => assert.equal(parseFilterPattern(pattern).matches(event), true));
  for (const [event, pattern] of no)
    test(`${pattern} does not match`, () => assert.equal(parseFilterPattern(pattern).matches(event), false));

  test("what AWS does not support is refused", () => {
    const wrong = [
      "{ }",
      "{ $ = 1 }",
      "{ $.a }",
      "{ $.a EXISTS }",
      "{ $.a IS NOT NULL }",
      "{ a = 1 }",
      "{ $.a = 1 && }",
      "{ ($.a = 1 }",
      "{ $.a = 1) }",
      "{ $.a = }",
      '{ $.a > "b" }',
      "{ $.a = b@c }",
      '{ $.["a"] = 1 }',
      "{ $.a.*.b.* = 1 }",
      "{ $.*=1 && $.*=2 && $.*=3 && $.*=4 }",
      "{ $.a = %x% || $.a = %y% || $.a = %z% }",
      `{ ${"(".repeat(100)}$.a = 1${")".repeat(100)} }`,
    ];
    for (const pattern of wrong) refuses(pattern);
  });
  test("a brace that is not closed is named", () => refuses("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"));
  test("the selected values are extracted", () => {
    const pattern = parseFilterPattern("{ $.latency > 1 && $.objectList[0].name = a }");
    assert.deepEqual(pattern.extract(trail), { "$.latency": "50", "$.objectList[0].name": "a" });
  });
});

describe("space-delimited fields", () => {
  const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  const log = [
    "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
    "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
    "WARNING 09/25/2014 12:00:02 Invalid user request",
    "ERROR 09/25/2014 12:00:02 Failed to process request",
  ];
  const numbers = (pattern: string) => found(pattern, log).map((line) => log.indexOf(line));

  const matching = [
    "[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
    "[..., request =*.html*, status_code = 4*, bytes]",
    "[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]",
    "[ip, server, username, timestamp, request, status_code, bytes > 1000]",
    '[ip, server, username, timestamp="10/Oct/2000:13:25:15 -0700", ...]',
    "[ip, ..., bytes = 1.534e3]",
    "[..., bytes]",
    "[...]",
    "[a=127*,...]",
  ];
  for (const pattern of matching) test(`${pattern} matches`, () => assert.equal(parseFilterPattern(pattern).matches(access), true));
  const others = [
    "[ip, user, username, timestamp, request, status_code=5*, bytes]",
    "[a, b, c, d, e, f, g, h]",
    "[ip = 127]",
    "[..., bytes < 1000]",
  ];
  for (const pattern of others) test(`${pattern} does not match`, () => assert.equal(parseFilterPattern(pattern).matches(access), false));

  test("the last name takes what is left", () => assert.deepEqual(numbers("[w1=ERROR, w2]"), [3]));
  test("without a blank name behind it a condition speaks of the whole event", () => assert.deepEqual(numbers("[w1=ERROR]"), []));
  test("conditions on one field are joined", () => {
    assert.deepEqual(numbers("[w1=ERROR || w1=WARNING, w2]"), [2, 3]);
    assert.deepEqual(numbers("[w1=ERROR || w1=%WARN%, w2]"), [2, 3]);
    assert.deepEqual(numbers("[w1!=ERROR && w1!=WARNING, w2]"), [0, 1]);
    assert.deepEqual(numbers("[(w1=ERROR || w1=INFO) && w1!=E*, w2]"), [0, 1]);
  });
  test("a regex picks an item of a URI", () => {
    assert.deepEqual(numbers("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]"), [0]);
    assert.deepEqual(numbers("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]"), [1]);
  });
  test("the fields are extracted by name", () => {
    const pattern = parseFilterPattern("[ip, server, username, timestamp, request, status_code, bytes > 1000]");
    assert.deepEqual(pattern.extract(access), {
      $ip: "127.0.0.1",
      $server: "Prod",
      $username: "frank",
      $timestamp: "10/Oct/2000:13:25:15 -0700",
      $request: "GET /index.html HTTP/1.0",
      $status_code: "404",
      $bytes: "1534",
    });
  });
  test("what AWS does not support is refused", () => {
    refuses("[a, status_code = 4* && bytes > 1000]");
    for (const pattern of ["[", "[]", "[a", "[a b]", "[..., a, ...]", "[a=“x“]", "[a=b@c]", "[a,]", "[1=2]", "[a > b]"]) refuses(pattern);
    refuses("[a", "If a filter pattern starts with '[' it must end with ']'");
  });
  test("an event of opening marks alone is read in linear time", () => {
    const event = `${"[ ".repeat(300_000)}]x`;
    assert.equal(parseFilterPattern("[a=x, ...]").matches(event), false);
  });
});
