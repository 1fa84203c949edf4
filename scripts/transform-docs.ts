import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  formats,
  outputFormats,
  sourceFormats,
  type PictureFormat,
  type SourceFormat,
} from "../core/image/formats.ts";
import { limits } from "../core/limits.ts";
import { optionTable } from "../core/transform/option-table.ts";
import type { OptionName } from "../core/transform/option-values.ts";
import { defaultText, optionNames } from "../core/transform/options.ts";
import { steps } from "../engine/pipeline.ts";

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
  return `<!-- Made from core/transform/option-table.ts and engine/pipeline.ts by scripts/transform-docs.ts; edit those. -->

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
- The order of work does not depend on the order of the options: see below.

## Options

${table(["option", "alias", "value", "default", "meaning", "examples"], optionNames.map(optionRow))}

## The order of work

The picture is cropped, resized and turned upright in one pass: EXIF orientation, \`trim\`, \`flip\`, \`rotate\`, then
\`width\` and \`height\` as \`fit\` and \`gravity\` say. Then, in this order, on the resized picture:

${table(
  ["step", "options", "what it does"],
  steps.map(({ name, options, meaning }) => [name, options.map(code).join(", "), meaning]),
)}

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

## How a picture is trimmed

Numbers for the sides, a rectangle (\`trim.top\`, \`trim.left\`, \`trim.width\`, \`trim.height\`) and
\`trim=border\` are three ways, of which one may be given. All refer to the picture as its EXIF orientation
shows it. A rectangle ends at the picture's edge at the latest; a trim that would leave nothing is refused.
\`trim.border.color\`, \`.tolerance\` or \`.keep\` alone mean \`trim=border\` as well. A picture of nothing but
border stays whole.

## Formats

What a picture of each format may be sent as, and what a rendition of it keeps.

${formatTable()}

## Which format \`auto\` is

AVIF for a client whose \`Accept\` names \`image/avif\` (not outweighed by \`image/webp\`), as long as the
rendition has at most ${limits.autoAvifPixelsMax / 1e6} million pixels; else WebP for one that names it; else what lies nearest
to the source: JPEG for JPEG, PNG for PNG and GIF, WebP for WebP, and for AVIF JPEG or, where it is
transparent, WebP. With \`max_bytes\` it is WebP instead of PNG.

## What \`format=json\` answers

Cloudflare's fields, and more: the size of the rendition that the other options would make, its dominant
colour and its [ThumbHash](https://evanw.github.io/thumbhash/), and what the source's header says.

    {
      "width": 800,
      "height": 600,
      "dominant_color": "#35536b",
      "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
      "original": {
        "file_size": 1048576,
        "width": 4000,
        "height": 3000,
        "format": "image/jpeg",
        "orientation": 1
      }
    }
`;
}

function formatTable(): string {
  const names = new Set([...sourceFormats, ...outputFormats].filter((name) => name !== "json"));
  return table(
    ["format", "read", "written", "transparency", "animation", "EXIF", "default quality"],
    [...names].map(formatRow),
  );
}

function formatRow(name: SourceFormat | PictureFormat): readonly string[] {
  const { title, mediaType, source, output, keeps } = formats[name];
  const yesNo = (is: boolean) => (is ? "yes" : "no");
  const kept = (does: boolean) => (output ? yesNo(does) : "");
  return [
    `${title} (\`${mediaType}\`)`,
    source?.switchedOnBy === undefined ? yesNo(source !== undefined) : "if switched on",
    yesNo(output !== undefined),
    kept(keeps.transparency),
    kept(keeps.animation),
    kept(keeps.metadata),
    output?.hasQuality ? String(output.qualityDefault) : "",
  ];
}

function optionRow(name: OptionName): readonly string[] {
  const { aliases, range, unset, meaning, examples } = optionTable[name];
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
