import { inTime } from "../../../core/deadline.ts";
import type { Fleet } from "../../../core/fleet/topology.ts";
import { limits } from "../../../core/limits.ts";
import { expose } from "../../../core/metrics/exposition.ts";
import { figuresTogether, type RegionFigures } from "../../../core/metrics/ledger-report.ts";
import { serviceFamilies } from "../../../core/metrics/service-families.ts";
import { readAudits } from "../audit/audit.ts";
import type { BooksBucket } from "../json-store.ts";
import { WitnessStore } from "../witness/witness-store.ts";

export interface MetricsPorts {
  readonly fleet: Pick<Fleet, "regions">;
  readonly bucket: BooksBucket;
  /** The figures of each of the objects that share a region's. */
  figures(region: string): readonly Promise<RegionFigures>[];
  now(): number;
}

/**
 * The operator's metrics in Prometheus's text format. A region that does not answer has `region_up` 0 and no more; what
 * the books do not tell is left out.
 */
export async function serviceMetrics(ports: MetricsPorts): Promise<string> {
  const { fleet, bucket } = ports;
  const [regions, audits, unloggedSince] = await Promise.all([
    Promise.all(
      fleet.regions.map(async ({ name }) => [name, await figuresOf(ports, name)] as const),
    ),
    fromBooks("audits", readAudits(bucket, ports.now()), null),
    fromBooks("witness", new WitnessStore(bucket).oldestPendingAt(), "unknown" as const),
  ]);
  return expose(
    serviceFamilies({
      at: ports.now(),
      regions: new Map(regions),
      auditedAt: audits?.last ? Date.parse(audits.last.at) : null,
      breaches: audits && audits.standing,
      auditHarvest: audits?.harvest ?? null,
      unloggedSince,
    }),
  );
}

async function fromBooks<Value, Unknown>(
  what: string,
  read: Promise<Value>,
  unknown: Unknown,
): Promise<Value | Unknown> {
  try {
    return await inTime(globalThis, limits.reportMillisMax, read);
  } catch (cause) {
    console.warn({ event: "books-not-read", what, cause: String(cause) });
    return unknown;
  }
}

async function figuresOf(ports: MetricsPorts, region: string): Promise<RegionFigures | null> {
  try {
    const parts = Promise.all(ports.figures(region));
    return figuresTogether(await inTime(globalThis, limits.reportMillisMax, parts));
  } catch (cause) {
    console.warn({ event: "figures-not-read", region, cause: String(cause) });
    return null;
  }
}
