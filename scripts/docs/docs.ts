import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { architectureSvg } from "./architecture-svg.ts";
import { limitsTable, memoryBounds, plansTable } from "./limit-tables.ts";
import { largestRenditions, largestSources } from "./memory-tables.ts";
import {
  autoAvifBound,
  formatsTable,
  optionsTable,
  outputBounds,
  stepsTable,
} from "./option-tables.ts";
import { readArguments } from "../terminal.ts";
import { operationPrices, outputPrices, sourcePrices, unitsExample } from "./price-tables.ts";

const usage = `npm run docs [-- --check]

Writes what the docs take from the code: the parts of pages between <!-- generated: NAME --> and <!-- end -->, and
docs/architecture.svg.

  --check   write nothing, name what is stale, exit code 1 if anything is`;

const root = resolve(import.meta.dirname, "../..");

/** What may stand between the markers, by name. */
const parts: Readonly<Record<string, () => string>> = {
  "auto-avif": autoAvifBound,
  formats: formatsTable,
  "largest-renditions": largestRenditions,
  "largest-sources": largestSources,
  limits: limitsTable,
  "memory-bounds": memoryBounds,
  "operation-prices": operationPrices,
  options: optionsTable,
  "output-bounds": outputBounds,
  "output-prices": outputPrices,
  plans: plansTable,
  "source-prices": sourcePrices,
  steps: stepsTable,
  "units-example": unitsExample,
};

if (import.meta.main) {
  const { values } = readArguments(usage, { options: { check: { type: "boolean" } } });
  const stale = staleFiles();
  if (!values.check) {
    for (const { path, text } of stale) writeFileSync(join(root, path), text);
  } else if (stale.length > 0) {
    console.error(
      `${stale.map(({ path }) => path).join(", ")} are not what the code says. Run: npm run docs`,
    );
    process.exitCode = 1;
  }
}

/** Files that differ from what the code says, each with the text that it should have. */
export function staleFiles(): { readonly path: string; readonly text: string }[] {
  const made = pages().map((path) => ({ path, text: withParts(read(path)) }));
  const picture = { path: "docs/architecture.svg", text: architectureSvg() };
  return [...made, picture].filter(({ path, text }) => read(path) !== text);
}

/** Every page of documentation, from the repository. */
export function pages(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return [
    ...readdirSync(root).filter((name) => name.endsWith(".md")),
    ...docs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
}

function withParts(page: string): string {
  return page.replaceAll(
    /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const part = parts[name];
      if (!part) throw new Error(`no part of the docs is called ${name}`);
      return `${begin}\n${part()}\n\n${end}`;
    },
  );
}

function read(path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return "";
  }
}
