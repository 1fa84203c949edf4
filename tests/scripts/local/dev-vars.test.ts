import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { localAdminToken } from "../../../scripts/local/dev-vars.ts";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "minilab-test-")), ".dev.vars");
});

test("the first start makes a long random token that its owner alone can read", () => {
  const token = localAdminToken(file);
  expect(token.length).toBeGreaterThanOrEqual(48);
  expect(readFileSync(file, "utf8")).toContain(`ADMIN_TOKEN=${token}\n`);
  expect(statSync(file).mode & 0o077).toBe(0);
});

test("two first starts make different tokens", () => {
  expect(localAdminToken(file)).not.toBe(localAdminToken(`${file}.other`));
});

test("later starts use the token that is there and leave the file as it is", () => {
  const text = `# mine\nOTHER=1\nADMIN_TOKEN="${"4f9a".repeat(5)}0123456789abcdef"\n`;
  writeFileSync(file, text);
  expect(localAdminToken(file)).toBe(`${"4f9a".repeat(5)}0123456789abcdef`);
  expect(readFileSync(file, "utf8")).toBe(text);
});

test.each([
  ["a placeholder", "ADMIN_TOKEN=change-me-change-me-change-me-change-me\n"],
  ["a short one", "ADMIN_TOKEN=hunter2\n"],
  ["none", "OTHER=1\n"],
])("%s is refused, naming the variable and the file", (_, text) => {
  writeFileSync(file, text);
  expect(() => localAdminToken(file)).toThrow(/ADMIN_TOKEN.*\.dev\.vars/s);
});
