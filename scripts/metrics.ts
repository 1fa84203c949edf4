import { stages } from "../core/metrics/measured.ts";
import { runCommand } from "./command.ts";
import { askService } from "./local/running-service.ts";
import { ServiceRefusal } from "./local/service-client.ts";
import { formatMillis, readArguments, table } from "./terminal.ts";

const usage = `npm run metrics [-- --json]

How fast and how reliably a service has done its jobs since it began.
The service is the one that npm start runs here; MINILAB_URL and MINILAB_TOKEN name another.`;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

await runCommand(async () => {
  const { values } = readArguments(usage, {
    options: { json: { type: "boolean", default: false } },
  });
  const response = await askService("/admin/v1/metrics");
  const text = await response.text();
  if (!response.ok) throw new ServiceRefusal(response.status, text);
  const samples = samplesOf(text);
  console.log(values.json ? JSON.stringify(samples) : shown(samples));
  return 0;
});

function samplesOf(text: string): Sample[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name: name.replace("minilab_", ""),
      labels: Object.fromEntries(pairs.map(([, label = "", text = ""]) => [label, text])),
      value: Number(value.replace("Inf", "Infinity")),
    };
  });
}

function shown(samples: readonly Sample[]): string {
  const regions = samples.filter(({ name }) => name === "region_up");
  return regions
    .map(({ labels: { region = "" }, value: isUp }) => {
      const here = samples.filter(({ labels }) => labels["region"] === region);
      return isUp ? shownRegion(region, here) : `Region ${region} does not answer.`;
    })
    .join("\n\n");
}

function shownRegion(region: string, samples: readonly Sample[]): string {
  const find = (name: string, labels: Record<string, string>) =>
    samples.find((sample) => sample.name === name && hasAll(sample.labels, labels))?.value ?? 0;
  const sum = (name: string, labels: Record<string, string>) =>
    samples
      .filter((sample) => sample.name === name && hasAll(sample.labels, labels))
      .reduce((total, { value }) => total + value, 0);
  const done = sum("jobs_total", { outcome: "done" });
  const service = { fault: "service" };
  const faults = sum("job_failures_total", service) + sum("refusals_total", service);
  const share = done + faults === 0 ? "–" : `${((100 * done) / (done + faults)).toFixed(3)} %`;
  const rows = stages.map((stage) => [
    stage,
    find("stage_duration_seconds_count", { stage }),
    ...["0.5", "0.9", "0.99", "0.999"].map((quantile) => {
      const seconds = find("stage_duration_seconds", { stage, quantile });
      return Number.isFinite(seconds) ? formatMillis(1000 * seconds) : "–";
    }),
  ]);
  return [
    `Region ${region}: ${done} jobs done, ${sum("jobs_total", { outcome: "failed" })} failed, ${sum("refusals_total", {})} refused; yield ${share}`,
    `${find("open_jobs", {})} open, the oldest for ${formatMillis(1000 * find("oldest_open_job_seconds", {}))}`,
    "",
    table(["stage", "jobs", "p50", "p90", "p99", "p99.9"], rows),
  ].join("\n");
}

function hasAll(labels: Sample["labels"], wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
