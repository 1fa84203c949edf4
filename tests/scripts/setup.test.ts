import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeEach, expect, test } from "vitest";

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "minilab-test-"));
  mkdirSync(join(checkout, "scripts"));
  copyFileSync(
    resolve(import.meta.dirname, "../../scripts/setup.mjs"),
    join(checkout, "scripts/setup.mjs"),
  );
  lock({ "": {}, "node_modules/a": { version: "1.0.0" } });
});

test("a fresh clone is installed with npm ci, said on stderr alone", () => {
  const { status, stdout, stderr } = setUp();
  expect(status).toBe(0);
  expect(npmCalls()).toEqual(["ci --loglevel=error --no-fund --no-audit"]);
  expect(stderr).toContain("Installing dependencies");
  expect(stdout).toBe("");
});

test("what is installed already is left alone, without a word", () => {
  installed({ "node_modules/a": { version: "1.0.0" } });
  expect(setUp()).toMatchObject({ status: 0, stderr: "" });
  expect(npmCalls()).toEqual([]);
});

test.each([
  ["a package is missing", {}],
  ["a package has another version", { "node_modules/a": { version: "0.9.0" } }],
])("it installs when %s", (_, packages) => {
  installed(packages);
  expect(setUp().status).toBe(0);
  expect(npmCalls()).toHaveLength(1);
});

test("builds for other platforms may be missing", () => {
  lock({ "node_modules/b-darwin": { version: "1.0.0", optional: true } });
  installed({});
  setUp();
  expect(npmCalls()).toEqual([]);
});

test("a failed install ends with the reason and a code", () => {
  const { status, stderr } = setUp("process.exit(7)");
  expect(status).toBe(1);
  expect(stderr).toContain("npm ci failed (exit code 7)");
});

/** Runs the set-up with an npm that only writes down how it was called. */
function setUp(afterwards = "") {
  const npm = join(checkout, "npm.cjs");
  writeFileSync(
    npm,
    `require("fs").appendFileSync(${JSON.stringify(join(checkout, "calls"))}, process.argv.slice(2).join(" ") + "\\n");${afterwards}`,
  );
  return spawnSync(process.execPath, [join(checkout, "scripts/setup.mjs")], {
    encoding: "utf8",
    env: { ...process.env, npm_execpath: npm },
  });
}

function npmCalls(): string[] {
  const file = join(checkout, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

function lock(packages: Record<string, object>): void {
  writeFileSync(join(checkout, "package-lock.json"), JSON.stringify({ packages }));
}

function installed(packages: Record<string, object>): void {
  mkdirSync(join(checkout, "node_modules"));
  writeFileSync(join(checkout, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
}
