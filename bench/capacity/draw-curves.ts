import { topology } from "../../topology.ts";
import { sizeFleet } from "./fleet-size.ts";
import { simulateLoad } from "./simulate-load.ts";

const [width, height, margin] = [640, 320, 50];
const designedFor = 10_000;
const millisMax = 2000;
const shares = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.6, 1.7, 1.8, 1.9, 2];
const curves = [
  ["p50Ms", "p50", "#2b6cb0"],
  ["p99Ms", "p99", "#2f855a"],
  ["p999Ms", "p99.9", "#b7791f"],
] as const;

/** How long jobs take as the load grows past what the queues were sized for. */
export function drawCurves(seed: number): string {
  const { queues } = sizeFleet(designedFor);
  const { queuesPerTenant } = topology;
  const points = shares.map((share) => ({
    share,
    ...simulateLoad({
      jobsPerSecond: designedFor * share,
      queues,
      queuesPerTenant,
      seconds: 6,
      seed,
      lost: null,
    }),
  }));
  const x = (share: number) => margin + (share / 2) * (width - 2 * margin);
  const y = (millis: number) =>
    height - margin - (Math.min(millis, millisMax) / millisMax) * (height - 2 * margin);
  const lines = curves.map(([field, name, colour], row) => {
    const path = points.map(
      (point) => `${x(point.share).toFixed(1)},${y(point[field]).toFixed(1)}`,
    );
    return [
      `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${margin + 10}" y="${margin + 16 * row}" fill="${colour}">${name}</text>`,
    ].join("\n");
  });
  const marks = shares.filter((share) => share % 0.25 === 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>Time of a job as the load of a region grows</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...marks.map(
      (share) =>
        `<text x="${x(share)}" y="${height - 30}" text-anchor="middle">${designedFor * share}</text>`,
    ),
    ...[0, 500, 1000, 1500, 2000].map(
      (millis) => `<text x="${margin - 6}" y="${y(millis) + 4}" text-anchor="end">${millis}</text>`,
    ),
    `<line x1="${margin}" y1="${y(500)}" x2="${width - margin}" y2="${y(500)}" stroke="#999" stroke-dasharray="3 3"/>`,
    ...lines,
    `<text x="${width / 2}" y="${height - 10}" text-anchor="middle">jobs a second, ${queues} queues; milliseconds, simulated</text>`,
    `</svg>\n`,
  ].join("\n");
}
