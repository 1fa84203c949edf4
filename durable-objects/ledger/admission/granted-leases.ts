import type { TenantLimits } from "../../../core/identity/tenant-limits.ts";
import {
  ceilingIn,
  grantLease,
  idleIn,
  sumOf,
  type Amounts,
  type Lease,
  type LeaseAsk,
} from "../../../core/ledger/lease.ts";
import type { Month } from "../../../core/ledger/usage.ts";
import type { LeaseRows } from "./lease-rows.ts";

/**
 * Of a tenant's first shard in a region: what its other shards may use. A lease counts as used until
 * its shard gives it back, even if that takes until the end of the month, so no limit is ever passed.
 */
export class GrantedLeases {
  readonly #rows: LeaseRows;
  readonly #byShard: Map<number, Lease>;

  constructor(rows: LeaseRows) {
    this.#rows = rows;
    this.#byShard = rows.byShard();
  }

  /** An ask that was overtaken by a later one gets that one's lease, whose number tells. */
  grant(
    ask: LeaseAsk,
    tenant: TenantLimits,
    { own, shards }: { readonly own: Amounts; readonly shards: number },
  ): Lease {
    const known = this.#byShard.get(ask.shard);
    if (known && known.number >= ask.number) return known;
    const others = [...this.#byShard].flatMap(([shard, lease]) =>
      shard === ask.shard ? [] : [lease],
    );
    const lease = grantLease(ask, tenant, { before: known ?? null, own, others, shards });
    this.#rows.put(ask.shard, lease);
    this.#byShard.set(ask.shard, lease);
    return lease;
  }

  /** What the other shards may use. */
  held(month: Month): Amounts {
    return sumOf([...this.#byShard.values()].map((lease) => ceilingIn(lease, month)));
  }

  /** … what they have told of using … */
  used(month: Month): Amounts {
    const leases = [...this.#byShard.values()];
    return sumOf(
      leases
        .map((lease) => ({ ...lease, ceiling: lease.used }))
        .map((lease) => ceilingIn(lease, month)),
    );
  }

  /** … and what they hold beyond that. */
  idle(month: Month): Amounts {
    return idleIn([...this.#byShard.values()], month);
  }
}
