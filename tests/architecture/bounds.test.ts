import { expect, test } from "vitest";
import { sourceFiles } from "../../scripts/docs/source-files.ts";
import { boundsOutside } from "./bounds.ts";

const inFile = (path: string, text: string) => boundsOutside([{ path, text }], {});

test("every number that bounds something stands in core/limits.ts, or where that file's own reason says", () => {
  expect(boundsOutside(sourceFiles())).toEqual([]);
});

test.each([
  "const retryMillis = 5000;",
  "const LIST_MAX = 500;",
  "export const framesMax: number = 2 ** 10;",
  "const wait = { pauseSeconds: 20 };",
  "#attempts = 3;",
  "const held = { chunkBytes: 65_536 };",
  "setTimeout(done, 250);",
  "const late = AbortSignal.timeout(2_000);",
  "await storage.setAlarm(clock.now() + 500);",
  "await withDeadline(bucket.get(key), 500);",
  "z.array(name).check(z.minLength(1), z.maxLength(16));",
  'queryParameter("tenant", "Its id", { type: "string", maxLength: 40 });',
  "await bucket.list({ prefix, limit: 500 });",
  "await kv.get(name, { cacheTtl: 60 });",
  "sql.exec(`SELECT id FROM jobs ORDER BY id LIMIT 50`);",
  'headers.set("Cache-Control", "private, max-age=60");',
  "const life = 5 * MINUTE;",
  "const buffer = new Uint8Array(64 * 1024);",
  "for (let attempt = 1; attempt < 4; attempt++) send();",
  "if (body.length > 4096) return refuse();",
])("a bound outside its home is found: %s", (text) => {
  expect(inFile("workers/api/a.ts", text)).not.toEqual([]);
});

test.each([
  ["workers/api/a.ts", "const retryMillis = limits.busyRetryMillis;"],
  ["workers/api/a.ts", "const waitMillis = 2 * limits.busyRetryMillis;"],
  ["workers/api/a.ts", "const [attempts, first] = [0, 1]; let count = 1;"],
  ["workers/api/a.ts", "/** After retryMillis = 5000 */"],
  ["engine/codecs/a.ts", "const headerBytes = 12;"],
  ["engine/kernels/a.ts", "const LIST_MAX = 500;"],
  ["scripts/a.ts", "const waitMillis = 500;"],
  ["core/limits.ts", "waitMillis: 500,"],
])("in %s, %s is none", (path, text) => {
  expect(inFile(path, text)).toEqual([]);
});

test("an exception is for one name in one file, and has to be needed", () => {
  const file = { path: "core/a.ts", text: "const sideMax = 16_383;" };
  expect(boundsOutside([file], { "core/a.ts": ["sideMax"] })).toEqual([]);
  expect(boundsOutside([file], { "core/b.ts": ["sideMax"] })).toEqual([
    "core/a.ts: sideMax = 16_383",
    "core/b.ts: sideMax is no exception any more",
  ]);
});
