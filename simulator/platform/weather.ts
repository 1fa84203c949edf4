import type { Random } from "../time/random.ts";
import type { Timeline } from "../time/timeline.ts";

/** How often each thing goes wrong: shares of the occasions on which it can. */
export interface Climate {
  /** A call never reaches its target, and the caller gets an error. */
  readonly lostRequest: number;
  /** The effect happened, and the caller gets an error. */
  readonly lostAnswer: number;
  /** No effect and no answer: the caller waits until its own deadline. */
  readonly silence: number;
  /** The effect happens minutes later. Half of the callers get an error at once, the others get the answer then. */
  readonly lateEffect: number;
  /** An object goes away after a turn; what it wrote stays. */
  readonly eviction: number;
  /** An object goes away before what it wrote in a turn is durable. */
  readonly crash: number;
  /** An alarm rings once more although its handler came to its end. */
  readonly alarmTwice: number;
  /** An alarm rings minutes after its time. */
  readonly alarmLate: number;
  /** A consumer or an API isolate ends at a turn. */
  readonly isolateDeath: number;
  readonly messageLost: number;
  readonly messageTwice: number;
  /** A message waits for minutes or hours. */
  readonly messageLate: number;
}

export const calm: Climate = {
  lostRequest: 0,
  lostAnswer: 0,
  silence: 0,
  lateEffect: 0,
  eviction: 0,
  crash: 0,
  alarmTwice: 0,
  alarmLate: 0,
  isolateDeath: 0,
  messageLost: 0,
  messageTwice: 0,
  messageLate: 0,
};

export type Dependency =
  | "pictures"
  | "books"
  | "queue"
  | "identity"
  | "directory"
  | "workflows"
  | "figures"
  | "express"
  | `queue ${string}`
  | `ledger ${string}`;

/** How one call ends. */
export type Fate =
  | "answered"
  | "lost-request"
  | "lost-answer"
  | "silence"
  | "late"
  /** As "late", and the caller gets an error at once. */
  | "failed-then-late";

interface Outage {
  readonly until: number;
  readonly kind: "down" | "slow" | "silent";
}

/** What goes wrong in one world, and how often each kind did. */
export class Weather {
  climate: Climate;
  readonly counts = new Map<string, number>();
  onFault: (fault: string) => void = () => undefined;
  readonly #random: Random;
  readonly #timeline: Timeline;
  readonly #outages = new Map<string, Outage>();

  constructor(climate: Climate, random: Random, timeline: Timeline) {
    this.climate = climate;
    this.#random = random;
    this.#timeline = timeline;
  }

  count(fault: string): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    this.onFault(fault);
  }

  /** Whether this fault happens now; counts it if so. */
  strikes(fault: keyof Climate): boolean {
    if (!this.#random.chance(this.climate[fault])) return false;
    this.count(fault);
    return true;
  }

  breakDown(dependency: Dependency, millis: number, kind: Outage["kind"]): void {
    this.count(`outage-${kind}`);
    this.#outages.set(dependency, { until: this.#timeline.now + millis, kind });
  }

  /** When the dependency is back; null: it is there. All of a kind may be away at once. */
  outage(dependency: Dependency): Outage | null {
    if (this.#outages.size === 0) return null;
    const kind = dependency.split(" ", 1)[0] ?? "";
    const outages = [this.#outages.get(dependency), this.#outages.get(kind)];
    return outages.find((outage) => outage && outage.until > this.#timeline.now) ?? null;
  }

  /** Whether it was away at any time from then on. */
  wasAway(dependency: Dependency, since: number): boolean {
    return (this.#outages.get(dependency)?.until ?? -Infinity) > since;
  }

  clear(): void {
    this.climate = calm;
    for (const [dependency, { until, kind }] of this.#outages) {
      this.#outages.set(dependency, { kind, until: Math.min(until, this.#timeline.now) });
    }
  }

  fate(dependency: Dependency): Fate {
    const outage = this.outage(dependency);
    if (outage?.kind === "down") return "lost-request";
    if (outage?.kind === "silent") return "silence";
    if (this.strikes("lostRequest")) return "lost-request";
    if (this.strikes("lostAnswer")) return "lost-answer";
    if (this.strikes("silence")) return "silence";
    if (this.strikes("lateEffect")) return this.#random.chance(0.5) ? "late" : "failed-then-late";
    return "answered";
  }

  /** One way of a call. */
  latencyMillis(dependency: Dependency): number {
    const slow = this.outage(dependency)?.kind === "slow" ? 4000 : 0;
    return (
      this.#random.exponential(usualMillis[dependency.split(" ")[0] ?? ""] ?? 2) +
      this.#random.exponential(slow + 0.01)
    );
  }

  /** A request on its way outlives its sender by minutes at most. */
  lateMillis(): number {
    return Math.min(5 * 60_000, 15_000 + this.#random.exponential(60_000));
  }
}

const usualMillis: Record<string, number> = {
  pictures: 10,
  books: 10,
  queue: 15,
  identity: 2,
  directory: 20,
  ledger: 2,
  express: 1,
};
