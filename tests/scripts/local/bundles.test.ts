import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { bundleOf } from "../../../scripts/local/bundles.ts";

vi.setConfig({ testTimeout: 120_000 });

test("a Worker is built once for each state of its sources, also by two starts at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "minilab-test-"));
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, `name = "b"\nmain = "b.js"\ncompatibility_date = "2026-10-23"\n`);
  const write = (text: string) =>
    writeFileSync(join(folder, "b.js"), `export default { fetch: () => new Response("${text}") };`);
  const moduleOf = (bundle: string) => readFileSync(join(bundle, "b.js"), "utf8");

  write("one");
  const [first, atOnce] = await Promise.all([bundleOf(config), bundleOf(config)]);
  expect(atOnce).toBe(first);
  expect(moduleOf(first)).toContain('"one"');
  write("another");
  const second = await bundleOf(config);
  expect(second).not.toBe(first);
  expect(moduleOf(second)).toContain('"another"');
  expect(await bundleOf(config)).toBe(second);
});

test("the API is not built again for what the service writes beside its sources", async () => {
  const built = await bundleOf("wrangler.toml");
  mkdirSync(".wrangler", { recursive: true });
  const file = join(".wrangler", `written-${process.pid}.json`);
  writeFileSync(file, "{}");
  expect(await bundleOf("wrangler.toml").finally(() => rmSync(file))).toBe(built);
});
