import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { optionNames } from "../../core/transform/options.ts";
import { transformDocs } from "../../scripts/transform-docs.ts";

test("docs/transforms.md is what the option records say", () => {
  const page = readFileSync(new URL("../../docs/transforms.md", import.meta.url), "utf8");
  expect(page).toBe(transformDocs());
});

test("every option has its row", () => {
  for (const name of optionNames) expect(transformDocs()).toContain(`\n| \`${name}\` |`);
});
