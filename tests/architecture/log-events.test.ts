import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "../../scripts/docs/source-files.ts";

const root = resolve(import.meta.dirname, "../..");

test("docs/deploy.md explains every event that a Worker logs, and no other", () => {
  const logged = sourceFiles()
    .filter(({ path }) => /^(workers|durable-objects|core)\//.test(path))
    .flatMap(({ text }) => [...text.matchAll(/event: "([a-z-]+)"/g)])
    .map(([, event = ""]) => event);
  const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
  const rows = [...page.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \| /gm)];
  const explained = rows.flatMap(([, names = ""]) => names.match(/[a-z]+(?:-[a-z]+)*/g) ?? []);
  expect(logged.length).toBeGreaterThan(50);
  expect(explained.toSorted()).toEqual([...new Set(logged)].toSorted());
});
