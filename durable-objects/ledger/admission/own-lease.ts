import { inTime } from "../../../core/deadline.ts";
import type { TenantLimits } from "../../../core/identity/tenant-limits.ts";
import {
  amountsBy,
  ceilingIn,
  noAmounts,
  sumOf,
  type Amounts,
  type Lease,
  type LeaseAsk,
  type LeaseSource,
} from "../../../core/ledger/lease.ts";
import { monthOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import type { Host } from "../../ports.ts";
import type { LeaseRows } from "./lease-rows.ts";
import type { Terms } from "./terms.ts";

interface Shard {
  readonly number: number;
  /** What it has used, places that it keeps included. */
  readonly used: () => Amounts;
  readonly terms: Pick<Terms, "known">;
  readonly source: LeaseSource;
  readonly rows: LeaseRows;
}

type LeaseHost = Pick<Host, "now" | "timers" | "log" | "name">;

/**
 * What a shard may use of the tenant's shared limits: a part that the first shard of its region has leased to it. One
 * ask is under way at a time. What is not used goes back after
 * `limits.shareMillis`.
 */
export class OwnLease {
  readonly #host: LeaseHost;
  readonly #shard: Shard;
  #number: number;
  /** Null after a start: what was leased before is given back, and asked for again when it is needed. */
  #lease: Lease | null = null;
  #returnAt: number;
  #waiting: Amounts = noAmounts;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | null = null;
  /** When the first shard had nothing to give. */
  #emptyAt = -Infinity;
  #failedAt = -Infinity;

  constructor(host: LeaseHost, shard: Shard) {
    this.#host = host;
    this.#shard = shard;
    const before = shard.rows.byShard().get(shard.number);
    this.#number = before?.number ?? 0;
    this.#returnAt = before ? host.now() : Infinity;
  }

  /** What of the limits is not this shard's to use. */
  elsewhere(tenant: TenantLimits, now: number): Amounts {
    const ceiling = this.#lease ? ceilingIn(this.#lease, monthOf(now)) : noAmounts;
    return amountsBy((name) => Math.max(0, (tenant[name] ?? 0) - ceiling[name]));
  }

  /** What other shards held and did not use, as far as is known. */
  idle(): Amounts {
    return this.#lease?.idle ?? noAmounts;
  }

  /** Whether asking for more may let in what was refused. */
  mayGrow(now: number): boolean {
    return Math.abs(now - this.#emptyAt) >= limits.inFlightRetryMillis;
  }

  /** Asks for what is needed above what is used; false: the first shard did not answer, now or just before. */
  grow(needed: Amounts): Promise<boolean> {
    this.#waiting = sumOf([this.#waiting, needed]);
    this.#next ??= this.#after(async () => {
      const all = this.#waiting;
      this.#waiting = noAmounts;
      this.#next = null;
      if (!this.#failedLately()) await this.#ask(all);
      return !this.#failedLately();
    });
    return this.#next;
  }

  dueAt(): number {
    return this.#returnAt;
  }

  /** For the alarm, which does not have to wait for it. Safe to repeat. */
  async giveBack(): Promise<void> {
    const now = this.#host.now();
    // The clock may have stepped back since.
    const isStepped = this.#returnAt < Infinity && this.#returnAt > now + limits.shareMillis;
    if (now < this.#returnAt && !isStepped) return;
    // It may have to wait for another ask before it begins.
    this.#returnAt = now + limits.shareMillis;
    await this.#after(() => {
      this.#useNoMore();
      return this.#ask(noAmounts);
    });
  }

  /** What goes back may be another shard's before the answer is here. */
  #useNoMore(): void {
    if (!this.#lease) return;
    const [month, ceiling] = [monthOf(this.#host.now()), this.#shard.used()];
    this.#lease = { ...this.#lease, month, ceiling };
  }

  /** The clock may have stepped back since. */
  #failedLately(): boolean {
    return Math.abs(this.#host.now() - this.#failedAt) < limits.leaseRetryMillis;
  }

  #after<Value>(work: () => Promise<Value>): Promise<Value> {
    const next = this.#running.then(work);
    this.#running = next;
    return next;
  }

  /** Never rejects. */
  async #ask(needed: Amounts): Promise<void> {
    const { log, name: ledger } = this.#host;
    const used = this.#shard.used();
    const month = monthOf(this.#host.now());
    this.#returnAt = this.#host.now() + limits.shareMillis;
    try {
      const lease = await this.#send({ month, used, needed });
      this.#lease = lease;
      this.#shard.rows.put(this.#shard.number, lease);
      const now = this.#host.now();
      if (lease.isShort) this.#emptyAt = now;
      // Jobs in flight end, and are then given back too.
      const spare = amountsBy((name) => lease.ceiling[name] - used[name]);
      const holdsMore = used.jobsInFlight > 0 || Object.values(spare).some((left) => left > 0);
      this.#returnAt = holdsMore ? now + limits.shareMillis : Infinity;
    } catch (cause) {
      this.#failedAt = this.#host.now();
      log.warn({ event: "lease-failed", ledger, cause: String(cause) });
    }
  }

  /** Where the number was lost, because the ledger was restored from a backup, the answer tells it. */
  async #send(asked: Pick<LeaseAsk, "month" | "used" | "needed">): Promise<Lease> {
    const { number: shard, source, terms } = this.#shard;
    const { limits: known, version: limitsVersion, shards } = terms.known();
    const send = () => {
      this.#number += 1;
      const ask = { ...asked, shard, number: this.#number };
      const answer = source.lease(ask, { limits: known, limitsVersion, shards });
      return inTime(this.#host.timers, limits.objectMillisMax, answer);
    };
    const lease = await send();
    if (lease.number === this.#number) return lease;
    this.#number = lease.number;
    return send();
  }
}
