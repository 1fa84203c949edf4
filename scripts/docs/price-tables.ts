import { formats, outputFormats, sourceFormats } from "../../core/image/formats.ts";
import { operationNanos } from "../../core/plan/compute-units.ts";
import { effectCosts } from "../../core/plan/effect-costs.ts";
import { exampleCosts } from "./example-plan.ts";
import { grouped, table } from "./markdown.ts";

/** Nanoseconds, by what the source is. */
export const sourcePrices = (): string =>
  table(
    ["source", "a byte of its file", "a pixel of it"],
    sourceFormats.flatMap((format) =>
      Object.entries(formats[format].source.nanos).map(([kind, { byte, pixel }]) => [
        kind,
        String(byte),
        String(pixel),
      ]),
    ),
  );

/** Nanoseconds, by the format written. */
export const outputPrices = (): string =>
  table(
    ["rendition", "the file, or a frame", "a pixel of it"],
    outputFormats.map((format) => {
      const { file, pixel } = formats[format].output.nanos;
      return [format, grouped(file), String(pixel)];
    }),
  );

/** Nanoseconds of everything else. */
export const operationPrices = (): string =>
  table(
    ["operation", "each"],
    [
      ...Object.entries(operationNanos),
      ...effectCosts.map(({ operation, nanosEach }) => [operation, nanosEach] as const),
    ].map(([operation, nanos]) => [operation, grouped(nanos)]),
  );

/** A bill of one render, item by item. */
export function unitsExample(): string {
  const items = exampleCosts({ bytes: 264_310 }, "width=800,format=webp");
  const rows = items
    .map(({ operation, quantity, nanosEach }) => ({
      words: `${grouped(quantity)} × ${operation}, ${grouped(nanosEach)} each`,
      nanos: quantity * nanosEach,
    }))
    .filter(({ nanos }) => nanos > 0);
  const sum = rows.reduce((total, { nanos }) => total + nanos, 0);
  return table(
    ["", "nanoseconds"],
    [
      ...rows.map(({ words, nanos }) => [words, grouped(Math.round(nanos))]),
      ["sum", `${grouped(Math.round(sum))}, which is ${Math.round(sum / 1e6)} units`],
    ],
  );
}
