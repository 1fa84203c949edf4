import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
/** Inside `tests/`, where the suite looks; removed at the end. */
const folder = join(root, "tests", `closing-line-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passing = `test("a", () => expect(1).toBe(1)); test("b", () => expect(1).toBe(1));`;
const failing = `test("a", () => expect(1).toBe(1)); test("b", () => { throw new Error("no"); });`;
const unloadable = `import "./not-there.ts";`;
const failingOutside = `test("a", async () => { expect(1).toBe(1); void Promise.reject(new Error("lost")); await new Promise((wake) => setTimeout(wake, 50)); });`;

test.each([
  ["tests that pass", [passing], "2 passed, 0 failed", 0],
  [
    "a failing test, a file that cannot be loaded and an error outside any test, among others,",
    [passing, failing, unloadable, failingOutside],
    "4 passed, 3 failed",
    1,
  ],
  ["no test at all", [], "0 passed, 0 failed", 1],
])("%s end in the right line and exit code", (name, sources, line, code) => {
  const own = join(folder, name.replaceAll(/\W+/g, "-"));
  mkdirSync(own, { recursive: true });
  for (const [index, source] of sources.entries()) {
    writeFileSync(
      join(own, `${index}.test.ts`),
      `import { expect, test } from "vitest";\n${source}\n`,
    );
  }
  const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts/test.ts"), own], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, VITEST: "", NO_COLOR: "1" },
  });
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(line);
  expect(status).toBe(code);
});
