import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
/** Below `tests/`, where the suite looks; removed again whatever happens. */
const folder = join(root, "tests", `closing-line-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["passing tests", `test("a", () => {}); test("b", () => {});`, "2 passed, 0 failed", 0],
  [
    "a failing test among others",
    `test("a", () => {}); test("b", () => { throw new Error("no"); });`,
    "1 passed, 1 failed",
    1,
  ],
  ["a file that cannot be loaded", `import "./not-there.ts";`, "0 passed, 1 failed", 1],
  [
    "an error outside any test",
    `test("a", async () => { void Promise.reject(new Error("lost")); await new Promise((wake) => setTimeout(wake, 50)); });`,
    "1 passed, 1 failed",
    1,
  ],
  ["no test at all", null, "0 passed, 0 failed", 1],
])("%s end in the right line and exit code", (name, source, line, code) => {
  const file = `${name.replaceAll(" ", "-")}.test.ts`;
  mkdirSync(folder, { recursive: true });
  if (source !== null) {
    writeFileSync(join(folder, file), `import { test } from "vitest";\n${source}\n`);
  }
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "scripts/test.ts"), join(folder, file)],
    { cwd: root, encoding: "utf8", env: { ...process.env, VITEST: "", NO_COLOR: "1" } },
  );
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(line);
  expect(status).toBe(code);
});
