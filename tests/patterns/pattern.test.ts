import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compilePattern } from "../../src/patterns/pattern.ts";
import { PatternError } from "../../src/patterns/pattern-error.ts";

const matches = (pattern: object, event: unknown) => compilePattern(JSON.stringify(pattern)).matches(event);

interface Case {
  readonly pattern: object;
  readonly yes: readonly unknown[];
  readonly no: readonly unknown[];
}

const cases: Readonly<Record<string, Case>> = {
  "an exact value": {
    pattern: { a: ["x", 5, true, null, ""] },
    yes: ["x", 5, 5.0, true, null, ""].map((a) => ({ a })),
    no: [{ a: "X" }, { a: "5" }, { a: 6 }, { a: false }, {}, { a: [] }, { a: {} }, "x", null],
  },
  "several fields, all of them": {
    pattern: { a: ["x"], b: { c: [1] } },
    yes: [{ a: "x", b: { c: 1 }, d: 2 }],
    no: [{ a: "x" }, { b: { c: 1 } }, { a: "x", b: { c: 2 } }, { a: "x", b: 1 }],
  },
  "an array, by one of its elements": {
    pattern: { a: ["x"] },
    yes: [{ a: ["y", "x"] }, { a: [["y"], ["x"]] }],
    no: [{ a: ["y"] }, { a: [{ x: "x" }] }],
  },
  "objects in an array, by one element that satisfies all": {
    pattern: { a: { b: [1], c: [2] } },
    yes: [{ a: [{ b: 1, c: 2 }] }, { a: [{ b: 0 }, { b: 1, c: [3, 2] }] }, { a: [[{ b: 1, c: 2 }]] }],
    no: [
      {
        a: [
          { b: 1, c: 0 },
          { b: 0, c: 2 },
        ],
      },
    ],
  },
  prefix: {
    pattern: { a: [{ prefix: "us-" }] },
    yes: [{ a: "us-east-1" }, { a: "us-" }],
    no: [{ a: "US-east" }, { a: "us" }, { a: 1 }, {}],
  },
  "an empty prefix": { pattern: { a: [{ prefix: "" }] }, yes: [{ a: "" }, { a: "x" }], no: [{ a: null }, { a: 1 }] },
  "prefix without case": { pattern: { a: [{ prefix: { "equals-ignore-case": "Us" } }] }, yes: [{ a: "uS-1" }], no: [{ a: "u" }] },
  suffix: { pattern: { a: [{ suffix: ".png" }] }, yes: [{ a: "x.png" }, { a: ".png" }], no: [{ a: ".PNG" }, { a: "png" }] },
  "suffix without case": { pattern: { a: [{ suffix: { "equals-ignore-case": ".pNg" } }] }, yes: [{ a: "x.PNG" }], no: [{ a: "png" }] },
  "equality without case": { pattern: { a: [{ "equals-ignore-case": "Alice" }] }, yes: [{ a: "aLICE" }], no: [{ a: "alic" }, { a: 1 }] },
  "a wildcard": {
    pattern: { a: [{ wildcard: "dir/*/x*.png" }] },
    yes: [{ a: "dir/1/x.png" }, { a: "dir/a/b/x/x1.png" }],
    no: [{ a: "dir/x.png" }, { a: "dir/1/x.pn" }, { a: "adir/1/x.png" }, { a: "dir/1/.png" }],
  },
  "a wildcard whose ends overlap": {
    pattern: { a: [{ wildcard: "aba*aba" }] },
    yes: [{ a: "abaaba" }],
    no: [{ a: "aba" }, { a: "ababa" }],
  },
  "a wildcard with escapes": { pattern: { a: [{ wildcard: "\\*\\\\*" }] }, yes: [{ a: "*\\x" }], no: [{ a: "x\\x" }] },
  "a wildcard alone": { pattern: { a: [{ wildcard: "*" }] }, yes: [{ a: "" }, { a: "x" }], no: [{ a: 1 }, {}] },
  "an empty wildcard": { pattern: { a: [{ wildcard: "" }] }, yes: [], no: [{ a: "" }, { a: "x" }] },
  "a number": { pattern: { a: [{ numeric: ["=", 300] }] }, yes: [{ a: 300 }, { a: 3e2 }], no: [{ a: 301 }, { a: "300" }, { a: null }] },
  "a range": {
    pattern: { a: [{ numeric: [">", 0, "<=", 5] }] },
    yes: [{ a: 0.1 }, { a: 5 }],
    no: [{ a: 0 }, { a: 5.1 }, { a: "1" }],
  },
  "anything but a value": {
    pattern: { a: [{ "anything-but": "x" }] },
    yes: [{ a: "y" }, { a: null }, { a: 1 }, { a: ["x", "y"] }],
    no: [{ a: "x" }, {}, { a: [] }],
  },
  "anything but some numbers": { pattern: { a: [{ "anything-but": [1, 2] }] }, yes: [{ a: 3 }, { a: "1" }], no: [{ a: 1 }, { a: 2 }] },
  "anything but a prefix": { pattern: { a: [{ "anything-but": { prefix: "x" } }] }, yes: [{ a: "y" }, { a: 1 }], no: [{ a: "xy" }, {}] },
  "anything but some suffixes": {
    pattern: { a: [{ "anything-but": { suffix: ["x", "y"] } }] },
    yes: [{ a: "z" }],
    no: [{ a: "zx" }, { a: "zy" }],
  },
  "anything but without case": {
    pattern: { a: [{ "anything-but": { "equals-ignore-case": ["X", "y"] } }] },
    yes: [{ a: "z" }],
    no: [{ a: "x" }, { a: "Y" }],
  },
  "anything but a wildcard": {
    pattern: { a: [{ "anything-but": { wildcard: "*/bin/*" } }] },
    yes: [{ a: "/usr" }],
    no: [{ a: "/usr/bin/x" }],
  },
  "a network": {
    pattern: { a: [{ cidr: "10.0.0.0/24" }] },
    yes: [{ a: "10.0.0.0" }, { a: "10.0.0.255" }],
    no: [{ a: "10.0.1.0" }, { a: "10.0.0" }, { a: "::ffff:10.0.0.1" }, { a: 10 }],
  },
  "a network of version 6": {
    pattern: { a: [{ cidr: "2001:db8:1234:1a00::/56" }] },
    yes: [{ a: "2001:0db8:1234:1aff::1" }],
    no: [{ a: "2001:db8:1234:1b00::" }, { a: "10.0.0.1" }],
  },
  "a field that exists": {
    pattern: { a: { b: [{ exists: true }] } },
    yes: [{ a: { b: null } }, { a: { b: ["x"] } }],
    no: [{}, { a: 1 }, { a: { b: [] } }, { a: { b: { c: 1 } } }],
  },
  "a field that does not exist": {
    pattern: { a: { b: [{ exists: false }] } },
    yes: [{}, { a: 1 }, { a: {} }, { a: { b: {} } }],
    no: [{ a: { b: null } }, { a: [{ c: 1 }, { b: 1 }] }],
  },
  "a value, or no field": { pattern: { a: ["x", { exists: false }] }, yes: [{ a: "x" }, {}], no: [{ a: "y" }] },
  "a choice of fields": {
    pattern: { s: ["x"], $or: [{ a: [1] }, { b: { $or: [{ c: [2] }, { d: [3] }] } }] },
    yes: [
      { s: "x", a: 1 },
      { s: "x", b: { c: 2 } },
      { s: "x", b: { d: 3 } },
    ],
    no: [{ s: "x" }, { a: 1 }, { s: "x", b: { c: 3 } }],
  },
  "a path with dots in the pattern": {
    pattern: { "a.b": [1], a: { c: [2] } },
    yes: [{ a: { b: 1, c: 2 } }],
    no: [{ a: { b: 1 } }, { a: { c: 2 } }],
  },
  "a path with dots in the event": { pattern: { a: { b: { c: [1] } } }, yes: [{ "a.b": { c: 1 } }, { "a.b.c": 1 }], no: [{ "a.c": 1 }] },
  "names that objects inherit": { pattern: { constructor: { name: ["Object"] } }, yes: [{ constructor: { name: "Object" } }], no: [{}] },
};

describe("a pattern matches", () => {
  for (const [name, { pattern, yes, no }] of Object.entries(cases)) {
    test(name, () => {
      for (const event of yes) assert.equal(matches(pattern, event), true, JSON.stringify(event));
      for (const event of no) assert.equal(matches(pattern, event), false, JSON.stringify(event));
    });
  }
});

// Texts recorded from EventBridge and SNS.
const refusals: readonly (readonly [pattern: string, reason: string])[] = [
  ['["a"]', "Filter is not an object"],
  ["{}", "Empty objects are not allowed"],
  ['{"a":{}}', "Empty objects are not allowed"],
  ['{"a":[]}', "Empty arrays are not allowed"],
  ['{"int":42}', '"int" must be an object or an array'],
  ['{"a":{"suffix":"x","prefix":"y"}}', '"suffix" must be an object or an array'],
  ['{"a":[["x"]]}', "Match value must be String, number, true, false, or null"],
  ['{"a":[{}]}', "Match expression name not found"],
  ['{"a":[{"EXISTS":true}]}', "Unrecognized match type EXISTS"],
  ['{"a":[{"toString":true}]}', "Unrecognized match type toString"],
  ['{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
  ['{"a":[{"prefix":["x"]}]}', "prefix match pattern must be a string"],
  ['{"a":[{"suffix":1}]}', "suffix match pattern must be a string"],
  ['{"a":[{"suffix":"x","prefix":"y"}]}', "Only one key allowed in match expression"],
  ['{"a":[{"equals-ignore-case":["x"]}]}', "equals-ignore-case match pattern must be a string"],
  ['{"a":[{"wildcard":1}]}', "wildcard match pattern must be a string"],
  ['{"a":[{"wildcard":"é**"}]}', "Consecutive wildcard characters at pos 3"],
  ['{"a":[{"wildcard":"\\\\x"}]}', "Invalid escape character at pos 1"],
  ['{"a":[{"numeric":1}]}', "Value of numeric must be an array."],
  ['{"a":[{"numeric":[]}]}', "Invalid member in numeric match: ]"],
  ['{"a":[{"numeric":[1,"<="]}]}', "Invalid member in numeric match: 1"],
  ['{"a":[{"numeric":["operator"]}]}', "Unrecognized numeric range operator: operator"],
  ['{"a":[{"numeric":["=","000"]}]}', "Value of equals must be numeric"],
  ['{"a":[{"numeric":[">="]}]}', "Value of >= must be numeric"],
  ['{"a":[{"numeric":[">",20,"<="]}]}', "Value of <= must be numeric"],
  ['{"a":[{"numeric":[">",20,30]}]}', "Bad value in numeric range: 30"],
  ['{"a":[{"numeric":[">=",1,">",2]}]}', "Bad numeric range operator: >"],
  ['{"a":[{"numeric":["<",100,">",10]}]}', "Too many elements in numeric expression"],
  ['{"a":[{"numeric":[">",20,"<",30,"<",50]}]}', "Too many terms in numeric range expression"],
  ['{"a":[{"numeric":[">",3,"<",1]}]}', "Bottom must be less than top"],
  ['{"a":[{"numeric":["<",5000000001]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"],
  ['{"a":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."],
  ['{"a":[{"anything-but":["x",null]}]}', "Inside anything but list, start|null|boolean is not supported."],
  ['{"a":[{"anything-but":["x",1]}]}', "Inside anything but list, either all values are number or string, mixed type is not supported"],
  ['{"a":[{"anything-but":{"exists":false}}]}', "Unsupported anything-but pattern: exists"],
  ['{"a":[{"anything-but":{"prefix":""}}]}', "Null prefix/suffix not allowed"],
  ['{"a":[{"anything-but":{"suffix":[1]}}]}', "prefix/suffix match pattern must be a string"],
  [
    '{"a":[{"anything-but":{"equals-ignore-case":["x",1]}}]}',
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
  ],
  [
    '{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}',
    "Value of anything-but must be an array or single string/number value.",
  ],
  ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
  ['{"a":[{"cidr":"10.0.0.0/xx"}]}', "Malformed CIDR, mask bits must be an integer"],
  ['{"a":[{"cidr":"xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"],
  ['{"$or":{"a":[1]}}', "It must be an Array followed with $or."],
  ['{"$or":[{"a":[1]}]}', "There must have at least 2 Objects in $or relationship."],
  ['{"$or":[{"a":[1]},{"prefix":["x"]}]}', "prefix is Ruler reserved fieldName which cannot be used inside $or."],
];

describe("a pattern is refused", () => {
  for (const [pattern, message] of refusals) {
    test(`${pattern}: ${message}`, () => assert.throws(() => compilePattern(pattern), { name: "PatternError", message }));
  }

  test("that is no JSON", () => assert.throws(() => compilePattern("{'a'}"), PatternError));

  test("whose $or multiply out to more than a thousand", () => {
    const two = (name: string) => [{ [name]: [1] }, { [name]: [2] }];
    const many = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, { $or: two("x") }])));
    assert.doesNotThrow(() => compilePattern(many(9)));
    assert.throws(() => compilePattern(many(10)), PatternError);
  });
});
