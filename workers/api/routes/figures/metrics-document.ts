import * as z from "zod/mini";
import { parseLedgerName } from "../../../../core/job/ledger-address.ts";
import { Measured, stages, yieldOf, type Stage } from "../../../../core/metrics/measured.ts";
import type { LedgerMetrics } from "../../../../durable-objects/ledger/ledger-calls.ts";
import type { Harvest } from "../../call-ledger.ts";
import { answeredSchema } from "../../documents/statement-document.ts";

const millis = z.nullable(z.number());
const times = z.object({ count: z.int(), p50: millis, p90: millis, p99: millis, p999: millis });
const reasons = z.record(z.string(), z.int());

const figures = {
  jobs: z.object({ done: z.int(), failed: z.int(), open: z.int(), oldestOpenMillis: millis }),
  yield: z.nullable(z.number()),
  failed: reasons,
  refused: reasons,
  stages: z.object(
    Object.fromEntries(stages.map((stage) => [stage, times])) as Record<Stage, typeof times>,
  ),
};

/** How a tenant's jobs fared in a period, together and by region. */
export const metricsSchema = z
  .object({
    asOf: z.iso.datetime(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    ledgers: answeredSchema,
    ...figures,
    regions: z.array(z.object({ region: z.string(), ...figures })),
  })
  .register(z.globalRegistry, { id: "Metrics" });

export interface NamedMetrics extends LedgerMetrics {
  readonly ledger: string;
}

/** `answers`: of the ledgers that answered, at least one. */
export function metricsDocument(
  answers: readonly NamedMetrics[],
  ledgers: Harvest,
  { from, to }: { readonly from: number; readonly to: number },
): z.infer<typeof metricsSchema> {
  const byRegion = Map.groupBy(answers, ({ ledger }) => parseLedgerName(ledger).region);
  return {
    asOf: isoTime(Math.min(...answers.map(({ asOf }) => asOf))),
    from: isoTime(from),
    to: isoTime(to),
    ledgers: { ...ledgers, missing: [...ledgers.missing] },
    ...figuresOf(answers),
    regions: [...byRegion].map(([region, parts]) => ({ region, ...figuresOf(parts) })),
  };
}

const isoTime = (at: number) => new Date(at).toISOString();

function figuresOf(parts: readonly LedgerMetrics[]) {
  const all = new Measured();
  for (const { measured } of parts) all.add(measured);
  const sum = (of: (part: LedgerMetrics) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const done = sum(({ totals }) => totals.jobsDone);
  const ages = parts.flatMap(({ open }) => open.oldestMillis ?? []);
  const { failed = {}, refused = {} } = all.toJSON();
  return {
    jobs: {
      done,
      failed: sum(({ totals }) => totals.jobsFailed),
      open: sum(({ open }) => open.jobs),
      oldestOpenMillis: ages.length === 0 ? null : Math.max(...ages),
    },
    yield: yieldOf(done, { failed, refused }),
    failed: { ...failed },
    refused: { ...refused },
    stages: Object.fromEntries(stages.map((stage) => [stage, timesOf(all, stage)])) as Record<
      Stage,
      ReturnType<typeof timesOf>
    >,
  };
}

function timesOf(all: Measured, stage: Stage) {
  const sketch = all.stage(stage);
  const at = (share: number) => {
    const value = sketch.quantile(share);
    return value === null ? null : Math.round(value * 10) / 10;
  };
  return { count: sketch.count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}
