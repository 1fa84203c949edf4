import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { limits } from "../core/limits.ts";
import { defaultText, optionNames, options, type OptionName } from "../core/transform/options.ts";

/**
 * Writes `docs/transforms.md` from the option records; with `--check` it writes nothing and exits 1
 * where the page on disk differs.
 */
const page = resolve(import.meta.dirname, "../docs/transforms.md");

if (import.meta.main) {
  if (!process.argv.includes("--check")) {
    writeFileSync(page, transformDocs());
  } else if (readFileSync(page, "utf8") !== transformDocs()) {
    console.error("docs/transforms.md is not what the option records say; run: npm run docs");
    process.exitCode = 1;
  }
}

/** The page's whole text. */
export function transformDocs(): string {
  return `<!-- Made from core/transform/options.ts by scripts/transform-docs.ts; edit those. -->

# Transforms

Names, aliases and meaning follow Cloudflare Images. One rendition is asked for by query parameters:

    POST /v1/jobs?width=800&format=webp

Several take an option list each and are all made from one decode:

    POST /v1/jobs?output=width=800,format=webp&output=width=320,height=320,fit=cover

- The two ways do not mix. At most ${limits.outputsMax} outputs and ${limits.optionsCharsMax} characters are taken.
- Without any option the picture is encoded anew at its own size.
- An option may be given once, by its name or its alias. One that is unknown or out of range is
  refused by name.
- In a URL, \`#\` is written \`%23\`. Commas inside \`rgb()\` and \`hsl()\` separate nothing.
- Decimals keep four places.
- The order of work does not depend on the order of the options: EXIF orientation, \`flip\`, \`rotate\`,
  the resize, then everything else.

## Options

${table(["option", "alias", "value", "default", "meaning", "examples"], optionNames.map(optionRow))}

## How a picture is fitted

With \`width\` or \`height\` alone the other side keeps the aspect. Sides are rounded to the nearest pixel
and are never 0.

${table(
  ["fit", "result", "enlarges", "crops"],
  [
    ["`scale-down`", "fits inside `width` × `height`", "no", "no"],
    ["`contain`", "as large as fits inside", "yes", "no"],
    ["`cover`", "exactly `width` × `height`", "yes", "yes"],
    [
      "`crop`",
      "like `cover`, but a source too small for it keeps its own size, cut to the box",
      "no",
      "yes",
    ],
    [
      "`pad`",
      "like `contain`, centred on a `background` of exactly `width` × `height`",
      "yes",
      "no",
    ],
    ["`squeeze`", "exactly `width` × `height`, distorted", "yes", "no"],
  ],
)}
`;
}

function optionRow(name: OptionName): readonly string[] {
  const { aliases, range, unset, meaning, examples } = options[name];
  return [
    code(name),
    aliases.map(code).join(", "),
    range,
    unset ?? code(defaultText(name)),
    meaning,
    examples.map((example) => code(`${name}=${example}`)).join(", "),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
