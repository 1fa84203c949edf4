import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { optionNames } from "../../core/transform/options.ts";
import { pages, staleFiles } from "../../scripts/docs/docs.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("what the docs take from the code is current; if not: npm run docs", () => {
  expect(staleFiles().map(({ path }) => path)).toEqual([]);
});

test("every option has its row", () => {
  const page = read("docs/transforms.md");
  for (const name of optionNames) expect(page).toContain(`\n| \`${name}\` |`);
});

test("no page keeps the marks of a merge that was not finished", () => {
  expect(pages().filter((page) => /^(<{7}|={7}|>{7})( |$)/m.test(read(page)))).toEqual([]);
});

describe("every decision", () => {
  const decisions = readdirSync(join(root, "docs/decisions")).filter((name) => /^\d/.test(name));

  test("is found", () => expect(decisions.length).toBeGreaterThan(17));

  test.each(decisions)("%s has its number, a date, a status, and its line in the list", (name) => {
    const [heading = "", , status = ""] = read(`docs/decisions/${name}`).split("\n");
    const [, title = ""] =
      new RegExp(`^# ${Number(name.slice(0, 4))}\\. (.+)$`).exec(heading) ?? [];
    expect(title).not.toBe("");
    expect(status).toMatch(/^\*\d{4}-\d\d-\d\d · Status: (accepted|replaced by \[.+\]\(.+\))\*$/);
    expect(read("docs/decisions/README.md")).toContain(`](${name}) | ${title} |\n`);
  });
});

describe("links lead somewhere", () => {
  test("the search finds the pages and their links", () => {
    expect(pages()).toEqual(expect.arrayContaining(["README.md", "docs/guarantees.md"]));
    expect(linksOf(read("README.md")).length).toBeGreaterThan(20);
  });

  test.each(pages())("%s", (page) => {
    expect(linksOf(read(page)).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  test.each([
    ["docs/guarantees.md", "../core/limits.ts", true],
    ["docs/guarantees.md", "../core/limit.ts", false],
    ["README.md", "docs/guarantees.md#limits", true],
    ["README.md", "docs/guarantees.md#limit", false],
    ["docs/guarantees.md", "#what-the-memory-plan-allows", true],
  ])("in %s, a link to %s: %s", (page, link, leads) => {
    expect(leadsSomewhere(page, link)).toBe(leads);
  });
});

/** Targets of a page's Markdown links and pictures, without those that lead out of the repository. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^https?:/.test(target));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? page : join(page, "..", file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchorsOf(read(path)).includes(anchor);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
