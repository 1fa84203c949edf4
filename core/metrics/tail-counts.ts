import { plusCounts, type Counts } from "./counts.ts";

/** The part of a tail event that is read: one invocation. */
export interface TailItem {
  readonly scriptName: string | null;
  readonly outcome: string;
  /** Milliseconds of processor time, as they are billed. */
  readonly cpuTime: number;
  /** For a request: `response` is there once it was answered. */
  readonly event?: object | null;
}

/**
 * Under names that are few, whatever is told: `cpuMillis:<worker>`, `invocations:<worker>:<outcome>`,
 * `answers:<class>`.
 */
export function tailCounts(service: string, items: readonly TailItem[]): Counts {
  return items.map((item) => countsOf(service, item)).reduce(plusCounts, {});
}

function countsOf(service: string, { scriptName, outcome, cpuTime, event }: TailItem): Counts {
  const name = scriptName?.startsWith(`${service}-`) ? scriptName.slice(service.length + 1) : "";
  const worker = workers.has(name) ? name : "other";
  const cpuMillis = Number.isFinite(cpuTime) ? Math.max(0, Math.round(cpuTime)) : 0;
  return {
    [`cpuMillis:${worker}`]: cpuMillis,
    [`invocations:${worker}:${outcomes.has(outcome) ? outcome : "other"}`]: 1,
    ...(worker === "api" && answered(event, outcome)),
  };
}

/** A request that the platform ended has no answer of ours, and its client has the platform's 5xx. */
function answered(event: TailItem["event"], outcome: string): Counts {
  if (!event || !("request" in event)) return {};
  const { response } = event as { response?: { status?: number } };
  const status = response?.status ?? (outcome === "canceled" ? 499 : 500);
  return { [`answers:${Math.floor(Math.min(599, Math.max(100, status)) / 100)}xx`]: 1 };
}

const workers: ReadonlySet<string> = new Set(["api", "consumer", "billing"]);
const outcomes: ReadonlySet<string> = new Set([
  "ok",
  "exception",
  "exceededCpu",
  "exceededMemory",
  "canceled",
]);
