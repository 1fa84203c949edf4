import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expose } from "../../../core/metrics/exposition.ts";
import { faultsOfService, Measured, stages } from "../../../core/metrics/measured.ts";
import { serviceFamilies, type ServiceFigures } from "../../../core/metrics/service-families.ts";
import { lintExposition } from "./lint-exposition.ts";

const at = 1_000_000_000_000;

function figures(): ServiceFigures {
  const measured = new Measured();
  for (const millis of [100, 200, 499, 700, 100_000]) measured.took("small", millis);
  const eu = {
    counts: {
      "cpuMillis:consumer": 1500,
      "cpuMillis:api": 200,
      "invocations:api:ok": 7,
      "answers:2xx": 6,
      "answers:5xx": 1,
      done: 90,
      failed: 9,
      units: 12,
      "failed:internal": 1,
      "failed:corrupt-image": 8,
      "refused:rate-limited": 7,
    },
    open: 3,
    oldestAt: at - 1500,
    stages: measured.toJSON().stages,
  };
  const breach = {
    invariant: "records-are-a-chain",
    ledger: "l",
    subject: "s",
    detail: "d",
  } as const;
  return {
    at,
    regions: new Map([
      ["eu", eu],
      ["us", null],
    ]),
    auditedAt: at - 60_000,
    auditHarvest: { waiting: 7, late: 2, oldest: null },
    breaches: [breach, breach],
    unloggedSince: at - 5000,
  };
}

const exposed = () => lintExposition(expose(serviceFamilies(figures())));
const value = (family: string, name: string, labels: Record<string, string>) =>
  exposed()
    .families.get(`minilab_${family}`)
    ?.samples.filter((sample) => sample.name === `minilab_${name}`)
    .filter((sample) =>
      Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
    )
    .reduce((sum, sample) => sum + sample.value, 0);
const one = (name: string, labels: Record<string, string> = {}) => value(name, name, labels);

test("is what Prometheus reads, and promtool has nothing against", () => {
  expect(exposed().faults).toEqual([]);
  expect(exposed().families.size).toBeGreaterThan(10);
});

test("says nothing false of a service that has done nothing", () => {
  const idle = { counts: {}, open: 0, oldestAt: null, stages: {} };
  const nothing = {
    at,
    regions: new Map([["eu", idle]]),
    auditedAt: null,
    auditHarvest: null,
    breaches: [],
    unloggedSince: null,
  };
  const { faults, families } = lintExposition(expose(serviceFamilies(nothing)));
  expect(faults).toEqual([]);
  for (const name of ["audit_age", "cpu", "invocations"]) {
    const made = [...families.keys()].filter((each) => each.startsWith(`minilab_${name}`));
    expect(made).toEqual([]);
  }
  const valuesOf = (name: string) =>
    (families.get(`minilab_${name}`)?.samples ?? []).map((sample) => sample.value);
  expect(valuesOf("oldest_open_job_seconds")).toEqual([0]);
  expect(valuesOf("witness_unlogged_seconds")).toEqual([0]);
  expect(valuesOf("http_answers_total")).toEqual([0, 0]);
  expect(new Set(valuesOf("stage_duration_seconds"))).toEqual(new Set([Number.NaN, 0]));
  expect([...valuesOf("jobs_total"), ...valuesOf("compute_units_total")]).toEqual([0, 0, 0]);
  expect(families.get("minilab_audit_breaches")?.samples).toMatchObject([
    { labels: { invariant: "any" }, value: 0 },
  ]);
});

test("says nothing of what is not known", () => {
  const unknown = {
    ...figures(),
    auditHarvest: null,
    breaches: null,
    unloggedSince: "unknown" as const,
  };
  const { families } = lintExposition(expose(serviceFamilies(unknown)));
  const kept = ["audit_breaches", "audit_waiting_tenants", "audit_late_tenants"].filter((name) =>
    families.has(`minilab_${name}`),
  );
  expect([...kept, families.has("minilab_witness_unlogged_seconds")]).toEqual([false]);
});

test.each([
  ["units without processor time", { units: 3 }],
  ["processor time without units", { "cpuMillis:consumer": 3, units: 0 }],
])("of %s no share is made", (_, counts) => {
  const idle = { counts, open: 0, oldestAt: null, stages: {} };
  const named = serviceFamilies({ ...figures(), regions: new Map([["eu", idle]]) });
  const share = named.find(({ name }) => name === "minilab_cpu_seconds_per_compute_unit");
  expect(share?.samples).toEqual([]);
});

test("every fault of the service's own has a series before it happens, in every region", () => {
  for (const reason of faultsOfService) {
    for (const family of ["job_failures_total", "refusals_total"]) {
      const known = reason === "internal" && family === "job_failures_total" ? 1 : 0;
      expect(one(family, { region: "eu", reason, fault: "service" })).toBe(known);
    }
  }
  expect(exposed().families.get("minilab_job_failures_total")?.samples.length).toBe(
    faultsOfService.size + 1,
  );
});

test("what Workers did is counted once, whichever region tells it", () => {
  const told = (counts: Record<string, number>) => ({
    counts,
    open: 0,
    oldestAt: null,
    stages: {},
  });
  const regions = new Map([
    ["eu", told({ "cpuMillis:api": 1000, "answers:2xx": 1, "invocations:api:ok": 1 })],
    ["us", told({ "cpuMillis:api": 500, "answers:2xx": 2, "invocations:api:ok": 2 })],
  ]);
  const families = serviceFamilies({ ...figures(), regions });
  const valueOf = (name: string) =>
    families.find((family) => family.name === `minilab_${name}`)?.samples[0];
  expect(valueOf("cpu_seconds_total")).toEqual({ labels: { worker: "api" }, value: 1.5 });
  expect(valueOf("http_answers_total")).toEqual({ labels: { status: "2xx" }, value: 3 });
  expect(valueOf("invocations_total")).toEqual({
    labels: { worker: "api", outcome: "ok" },
    value: 3,
  });
});

test("counts are by outcome, reason and whose fault it was", () => {
  expect(one("jobs_total", { region: "eu", outcome: "done" })).toBe(90);
  expect(one("job_failures_total", { fault: "service" })).toBe(1);
  expect(one("job_failures_total", { fault: "asker", reason: "corrupt-image" })).toBe(8);
  expect(one("refusals_total", { fault: "service" })).toBe(0);
  expect(one("compute_units_total")).toBe(12);
});

test("processor time is by Worker, and by what was billed for it", () => {
  expect(one("cpu_seconds_total", { worker: "consumer" })).toBe(1.5);
  expect(one("cpu_seconds_per_compute_unit")).toBe(1.5 / 12);
  expect(one("invocations_total", { worker: "api", outcome: "ok" })).toBe(7);
  expect(one("http_answers_total", { status: "5xx" })).toBe(1);
});

test("gauges are seconds, and a region that is away is only said to be", () => {
  expect(one("region_up", { region: "us" })).toBe(0);
  expect(one("open_jobs")).toBe(3);
  expect(one("oldest_open_job_seconds")).toBe(1.5);
  expect(one("audit_breaches", { invariant: "records-are-a-chain" })).toBe(2);
  expect(one("audit_age_seconds")).toBe(60);
  expect([one("audit_waiting_tenants"), one("audit_late_tenants")]).toEqual([7, 2]);
  expect(one("witness_unlogged_seconds")).toBe(5);
});

test("the histogram knows how many were in time", () => {
  const bucket = (le: string) =>
    value("stage_seconds", "stage_seconds_bucket", { stage: "small", le });
  expect([bucket("0.25"), bucket("0.5"), bucket("1"), bucket("+Inf")]).toEqual([2, 3, 4, 5]);
  for (const name of ["stage_seconds", "stage_duration_seconds"]) {
    expect(value(name, `${name}_sum`, { stage: "small" })).toBe(101.499);
  }
  expect(
    value("stage_duration_seconds", "stage_duration_seconds", { stage: "small", quantile: "0.5" }),
  ).toBeCloseTo(0.499, 2);
});

test("series are few: stages, regions and reasons, and none names a tenant", () => {
  const series = [...exposed().families.values()].flatMap(({ samples }) => samples);
  expect(series.length).toBeLessThan(60 + stages.length * 30);
  expect(new Set(series.flatMap(({ labels }) => Object.keys(labels)))).toEqual(
    new Set([
      "region",
      "outcome",
      "reason",
      "fault",
      "le",
      "stage",
      "quantile",
      "invariant",
      "worker",
      "status",
    ]),
  );
});

test("times before now are never negative, whatever a clock says", () => {
  const ahead = { ...figures(), auditedAt: at + 1, unloggedSince: at + 1 };
  const families = serviceFamilies(ahead);
  const valueOf = (name: string) =>
    families.find((family) => family.name === `minilab_${name}`)?.samples[0]?.value;
  expect([valueOf("audit_age_seconds"), valueOf("witness_unlogged_seconds")]).toEqual([0, 0]);
});

test.each([
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
  [Number.NaN, "NaN"],
  [1e21, "1e+21"],
])("%s is written as %s", (value, written) => {
  const odd = {
    name: "odd",
    type: "summary",
    help: "Odd.",
    samples: [{ suffix: "_sum", labels: {}, value }],
  } as const;
  expect(expose([odd, { ...odd, name: "none", samples: [] }])).toBe(
    `# HELP odd Odd.\n# TYPE odd summary\nodd_sum ${written}\n`,
  );
});

test("a label's value may hold anything", () => {
  const samples = [{ labels: { text: 'a"b\\c\nd' }, value: 1 }];
  const text = expose([{ name: "odd", type: "gauge", help: "Odd\n\\.", samples }]);
  expect(text).toBe('# HELP odd Odd\\n\\\\.\n# TYPE odd gauge\nodd{text="a\\"b\\\\c\\nd"} 1\n');
  expect(lintExposition(text).faults).toEqual([]);
});

describe("the lint finds", () => {
  test.each([
    ["a counter without _total", "# HELP a B\n# TYPE a counter\na 1\n"],
    ["a metric without help", "# TYPE a gauge\na 1\n"],
    ["a unit that is no base unit", "# HELP a_ms B\n# TYPE a_ms gauge\na_ms 1\n"],
    ["a series that is there twice", "# HELP a B\n# TYPE a gauge\na 1\na 2\n"],
    ["a label that is not quoted", "# HELP a B\n# TYPE a gauge\na{b=c} 1\n"],
    [
      "a histogram that shrinks",
      '# HELP a B\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    ["a text that breaks off", "# HELP a B\n# TYPE a gauge\na 1"],
  ])("%s", (_, text) => {
    expect(lintExposition(text).faults).not.toEqual([]);
  });
});

describe("docs/alerts.yml", () => {
  const rules = readFileSync("docs/alerts.yml", "utf8");
  const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map(([, name]) => name));

  test("names metrics that there are, with labels that they have", () => {
    const used = [...rules.matchAll(/\b(minilab_\w+)(?:\{([^}]*)\})?/g)];
    expect(used.length).toBeGreaterThan(20);
    const samples = [...exposed().families.values()].flatMap((family) => family.samples);
    for (const [whole, name, matchers = ""] of used) {
      const labels = [...matchers.matchAll(/(\w+)="([^"]*)"/g)];
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          labels.every(([, label = "", text]) => sample.labels[label] === text),
      );
      expect(found, whole).not.toEqual([]);
    }
  });

  test("names recorded rules that there are, and uses each", () => {
    const used = new Set(
      [...rules.matchAll(/expr: .*/g)].flatMap(([line]) => line.match(/minilab:\w+:\w+/g) ?? []),
    );
    expect(used).toEqual(recorded);
    expect(recorded.size).toBe(12);
  });

  test("says of each alert how urgent it is and what has happened", () => {
    const alerts = rules.split("- alert: ").slice(1);
    expect(alerts.length).toBe(13);
    for (const alert of alerts) {
      expect(alert).toMatch(/severity: (page|ticket)/);
      expect(alert).toMatch(/summary:\s+".+"/);
    }
  });
});
