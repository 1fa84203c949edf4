import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { readArguments } from "../scripts/terminal.ts";
import type { EngineCase, EngineReport } from "./engine.ts";

const usage = `npm run chart -- FILE…

Draws docs/engine-speed.svg from what npm run bench -- engine --json wrote: how long the engine takes inside workerd,
where sharp in Node takes 1. Files of several runs make one chart.`;

const target = resolve(import.meta.dirname, "../docs/engine-speed.svg");

/** The bench's set-up may print something before the report. */
function readReport(path: string): EngineReport {
  const text = readFileSync(path, "utf8");
  return JSON.parse(text.slice(text.indexOf("{"))) as EngineReport;
}

const rowHeight = 20;
const [left, right] = [270, 60];
const barWidth = 460;
const colours: Readonly<Record<string, string>> = {
  jpeg: "#2b6cb0",
  webp: "#2f855a",
  avif: "#b7791f",
  png: "#805ad5",
};

function drawChart({ host, cases }: EngineReport): string {
  const shown = cases.filter(({ runtime }) => runtime === "workerd");
  const most = Math.max(1.2, ...shown.map(({ ratio }) => ratio));
  const x = (ratio: number): number => left + (ratio / most) * barWidth;
  const height = (shown.length + 3) * rowHeight;
  const bottom = (shown.length + 1) * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + barWidth + right} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>Time of a render in workerd, as a share of sharp's in Node</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...shown.flatMap((each, row) => drawCase(each, (row + 1) * rowHeight, x)),
    `<line x1="${x(1)}" y1="${rowHeight / 2}" x2="${x(1)}" y2="${bottom}" stroke="#333" stroke-dasharray="3 3"/>`,
    `<text x="${x(1)}" y="${bottom + 14}" text-anchor="middle">sharp = 1</text>`,
    `<text x="8" y="${height - 8}" fill="#666" font-size="10">${escapeText(host)}</text>`,
    `</svg>\n`,
  ].join("\n");
}

function drawCase(each: EngineCase, y: number, x: (ratio: number) => number): readonly string[] {
  const label = escapeText(`${each.name} ${each.output}`);
  const fill = colours[each.output] ?? "#666";
  const width = (x(each.ratio) - left).toFixed(1);
  return [
    `<text x="${left - 8}" y="${y + 10}" text-anchor="end">${label}</text>`,
    `<rect x="${left}" y="${y}" width="${width}" height="${rowHeight - 6}" fill="${fill}"/>`,
    `<text x="${x(each.ratio) + 5}" y="${y + 10}">${each.ratio.toFixed(2)}</text>`,
  ];
}

const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

if (import.meta.main) {
  const { positionals } = readArguments(usage, { allowPositionals: true });
  const reports = positionals.map(readReport);
  const [first] = reports;
  if (first) {
    const cases = reports.flatMap((report) => report.cases);
    writeFileSync(target, drawChart({ ...first, cases }));
  } else {
    console.error(usage);
    process.exitCode = 1;
  }
}
