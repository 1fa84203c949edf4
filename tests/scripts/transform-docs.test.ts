import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { optionNames } from "../../core/transform/options.ts";
import { transformDocs } from "../../scripts/transform-docs.ts";

test("docs/transforms.md is what the option records say", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/transforms.md"), "utf8");
  expect(page).toBe(transformDocs());
});

test("every option has its row", () => {
  for (const name of optionNames) expect(transformDocs()).toContain(`\n| \`${name}\` |`);
});
