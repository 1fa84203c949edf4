import { inTime } from "../../core/deadline.ts";
import type { TenantTerms } from "../../core/identity/tenant.ts";
import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import { shardsOf } from "../../core/fleet/shard-map.ts";
import { ledgersOf } from "../../core/job/ledger-address.ts";
import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import { eachOnce } from "./each-once.ts";
import type { Tenants } from "./tenants.ts";

/** Tells every ledger of a tenant its newest terms. Telling twice, or an older version late, does no harm. */
export class TermsPublication {
  readonly #host: Pick<Host, "timers" | "log">;
  readonly #tenants: Tenants;
  readonly #env: DirectoryEnv;

  constructor(host: Pick<Host, "timers" | "log">, tenants: Tenants, env: DirectoryEnv) {
    this.#host = host;
    this.#tenants = tenants;
    this.#env = env;
  }

  /** When a ledger next has to be told: 0 is at once, `Infinity` never. */
  nextDue(): number {
    return this.#tenants.nextUntold("") ? 0 : Infinity;
  }

  /** Tries each tenant once; true when every ledger has received them. Never throws for a failed call. */
  run(): Promise<boolean> {
    return eachOnce(
      (after) => this.#tenants.nextUntold(after),
      ({ id, terms }) => this.tell(id, terms),
    );
  }

  async tell(tenant: string, terms: TenantTerms): Promise<boolean> {
    const told = ledgersOf(tenant, this.#env.FLEET, shardsOf(terms.shards)).map((name) =>
      inTime(
        this.#host.timers,
        limits.publishMillisMax,
        placedLedger(this.#env, name).setTerms(terms),
      ),
    );
    try {
      await Promise.all(told);
    } catch (cause) {
      this.#host.log.warn({ event: "terms-not-told", tenant, cause: String(cause) });
      return false;
    }
    this.#tenants.markTold(tenant, terms.version);
    return true;
  }
}
