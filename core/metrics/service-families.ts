import type { Breach } from "../billing/audit-report.ts";
import type { AuditHarvest } from "../billing/audit-schedule.ts";
import type { Family, Sample } from "./exposition.ts";
import { plusCounts, type Counts } from "./counts.ts";
import type { RegionFigures } from "./ledger-report.ts";
import { faultsOfService, isFaultOfService, Measured, stages } from "./measured.ts";

/** Everything that the operator's metrics are made from. */
export interface ServiceFigures {
  readonly at: number;
  /** By region; null: its figures did not answer. */
  readonly regions: ReadonlyMap<string, RegionFigures | null>;
  /** When the last audit ended; null: there was none, or it is not known. */
  readonly auditedAt: number | null;
  /** Tenants that wait for an audit; null: none was planned, or it is not known. */
  readonly auditHarvest: AuditHarvest | null;
  /** Null: not known. */
  readonly breaches: readonly Breach[] | null;
  /** When the oldest head was signed that the witness has not logged; null: all are logged. */
  readonly unloggedSince: number | null | "unknown";
}

type Labels = Sample["labels"];

/** The metrics by name, in seconds and with few labels: none holds a tenant, a job or a ledger. */
export function serviceFamilies(service: ServiceFigures): Family[] {
  const answered = [...service.regions].flatMap(([region, figures]) =>
    figures ? [{ region, figures }] : [],
  );
  return [
    ...countFamilies(answered),
    stageTimes(answered),
    stageQuantiles(answered),
    ...stateFamilies(service, answered),
    ...workerFamilies(answered),
    ...bookFamilies(service),
  ];
}

interface Answered {
  readonly region: string;
  readonly figures: RegionFigures;
}

const family =
  (type: Family["type"]) =>
  (name: string, help: string, samples: readonly Sample[]): Family => ({
    ...{ name: `minilab_${name}`, type, help, samples },
  });
const counter = family("counter");
const gauge = family("gauge");

/** Counts named `kind` and this many parts more, with what those say as labels. */
function counted(
  counts: Counts,
  kind: string,
  parts: number,
  labelsOf: (...parts: string[]) => Labels,
): Sample[] {
  return Object.entries(counts).flatMap(([name, value]) => {
    const [first, ...more] = name.split(":");
    return first === kind && more.length === parts ? [{ labels: labelsOf(...more), value }] : [];
  });
}

function countFamilies(answered: readonly Answered[]): Family[] {
  const ofRegions = (samplesOf: (counts: Counts) => Sample[]): Sample[] =>
    answered.flatMap(({ region, figures }) =>
      samplesOf({ ...zeros, ...figures.counts }).map(({ labels, value }) => ({
        labels: { region, ...labels },
        value,
      })),
    );
  const byReason = (kind: string) =>
    ofRegions((counts) =>
      counted(counts, kind, 1, (reason = "") => ({
        reason,
        fault: isFaultOfService(reason) ? "service" : "asker",
      })),
    );
  return [
    counter(
      "jobs_total",
      "Jobs that ended, by outcome.",
      ofRegions((counts) =>
        ["done", "failed"].flatMap((outcome) => counted(counts, outcome, 0, () => ({ outcome }))),
      ),
    ),
    counter(
      "job_failures_total",
      "Jobs that failed, by problem code and by whose fault it was.",
      byReason("failed"),
    ),
    counter(
      "refusals_total",
      "Requests for jobs that were refused, by problem code and by whose fault it was.",
      byReason("refused"),
    ),
    counter(
      "compute_units_total",
      "Compute units billed.",
      ofRegions((counts) => counted(counts, "units", 0, () => ({}))),
    ),
  ];
}

/** What the tail Worker counted. It tells one region's figures of all Workers. */
function workerFamilies(answered: readonly Answered[]): Family[] {
  const all = answered.map(({ figures }) => figures.counts).reduce(plusCounts, {});
  const cpu = counted(all, "cpuMillis", 1, (worker = "") => ({ worker }));
  const [rendering = 0, units = 0] = [all["cpuMillis:consumer"], all["units"]];
  return [
    counter(
      "cpu_seconds_total",
      "Processor time as the platform bills it, by Worker.",
      cpu.map(({ labels, value }) => ({ labels, value: value / 1000 })),
    ),
    counter(
      "invocations_total",
      "Invocations by Worker and outcome.",
      counted(all, "invocations", 2, (worker = "", outcome = "") => ({ worker, outcome })),
    ),
    counter(
      "http_answers_total",
      "Answers of the API by the class of their status.",
      counted({ ...noAnswers, ...all }, "answers", 1, (status = "") => ({ status })),
    ),
    gauge(
      "cpu_seconds_per_compute_unit",
      "Processor time of the consumer for each compute unit billed, since the service began; a unit is about a millisecond.",
      rendering > 0 && units > 0 ? [{ labels: {}, value: rendering / 1000 / units }] : [],
    ),
  ];
}

const noAnswers = { "answers:2xx": 0, "answers:5xx": 0 };

function stateFamilies({ at, regions }: ServiceFigures, answered: readonly Answered[]): Family[] {
  const ages = answered.map(({ region, figures: { oldestAt } }) => ({
    labels: { region },
    value: oldestAt === null ? 0 : secondsSince(oldestAt, at),
  }));
  const up = [...regions].map(([region, figures]) => ({
    labels: { region },
    value: figures ? 1 : 0,
  }));
  const open = answered.map(({ region, figures }) => ({ labels: { region }, value: figures.open }));
  return [
    gauge("region_up", "1 if the region's figures were read.", up),
    gauge("open_jobs", "Jobs that are accepted and have not ended.", open),
    gauge(
      "oldest_open_job_seconds",
      "How long the oldest open job has been open; 0 if none is.",
      ages,
    ),
  ];
}

function bookFamilies({
  at,
  auditedAt,
  auditHarvest,
  breaches,
  unloggedSince,
}: ServiceFigures): Family[] {
  const tenants = (count: number | undefined) =>
    count === undefined ? [] : [{ labels: {}, value: count }];
  const age = (since: number | null) => (since === null ? 0 : secondsSince(since, at));
  return [
    gauge(
      "audit_breaches",
      "Open breaches of the books, by invariant.",
      breaches === null ? [] : breachCounts(breaches),
    ),
    gauge(
      "audit_age_seconds",
      "Time since the last audit ended.",
      auditedAt === null ? [] : [{ labels: {}, value: age(auditedAt) }],
    ),
    gauge(
      "audit_waiting_tenants",
      "Tenants with news that wait for an audit.",
      tenants(auditHarvest?.waiting),
    ),
    gauge(
      "audit_late_tenants",
      "Tenants that have waited for an audit for longer than six hours.",
      tenants(auditHarvest?.late),
    ),
    gauge(
      "witness_unlogged_seconds",
      "How long the oldest signed head has waited for the log; 0 if none waits.",
      unloggedSince === "unknown" ? [] : [{ labels: {}, value: age(unloggedSince) }],
    ),
  ];
}

const secondsSince = (since: number, at: number) => Math.max(0, at - since) / 1000;

/** Counts that are there from the start: of a series that begins with its first fault, no rate shows that fault. */
const zeros = Object.fromEntries(
  [
    ...["done", "failed", "units"],
    ...[...faultsOfService].flatMap((code) => [`failed:${code}`, `refused:${code}`]),
  ].map((name) => [name, 0]),
);

/** Upper bounds in seconds; 0.5 is what is promised for small pictures, 3600 when a job ends at the latest. */
const bounds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
] as const;

function stageTimes(answered: readonly Answered[]): Family {
  const samples = answered.flatMap(({ region, figures }) => {
    const measured = Measured.of({ stages: figures.stages ?? {} });
    return stages.flatMap((stage): Sample[] => {
      const sketch = measured.stage(stage);
      const labels = { region, stage };
      const upTo = (le: string, value: number) => ({
        ...{ suffix: "_bucket", labels: { ...labels, le }, value },
      });
      return [
        ...bounds.map((bound) => upTo(String(bound), sketch.atMost(bound * 1000))),
        upTo("+Inf", sketch.count),
        { suffix: "_sum", labels, value: sketch.sumMillis / 1000 },
        { suffix: "_count", labels, value: sketch.count },
      ];
    });
  });
  const help =
    "Time of each stage of a job; total is from the request to the end, small the same for sources below 1 MB.";
  return { name: "minilab_stage_seconds", type: "histogram", help, samples };
}

/** For people. Prometheus cannot add quantiles up, nor tell those of the last hour from them. */
function stageQuantiles(answered: readonly Answered[]): Family {
  const samples = answered.flatMap(({ region, figures }) => {
    const measured = Measured.of({ stages: figures.stages ?? {} });
    return stages.flatMap((stage): Sample[] => {
      const sketch = measured.stage(stage);
      const labels = { region, stage };
      const quantiles = [0.5, 0.9, 0.99, 0.999].map((share) => ({
        labels: { ...labels, quantile: String(share) },
        value: (sketch.quantile(share) ?? Number.NaN) / 1000,
      }));
      return [
        ...quantiles,
        { suffix: "_sum", labels, value: sketch.sumMillis / 1000 },
        { suffix: "_count", labels, value: sketch.count },
      ];
    });
  });
  const help = "Quantiles of the time of each stage of a job since the region began, within 1 %.";
  return { name: "minilab_stage_duration_seconds", type: "summary", help, samples };
}

/** One sample when there is none, so that an alert can tell "none" from "not known". */
function breachCounts(breaches: readonly Breach[]): Sample[] {
  const byInvariant = Map.groupBy(breaches, ({ invariant }) => invariant);
  if (byInvariant.size === 0) return [{ labels: { invariant: "any" }, value: 0 }];
  return [...byInvariant].map(([invariant, { length }]) => ({
    labels: { invariant },
    value: length,
  }));
}
