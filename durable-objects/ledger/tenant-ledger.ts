import { DurableObject } from "cloudflare:workers";
import { bound, jobsBinding, picturesBinding, soloBinding } from "../../core/fleet/bindings.ts";
import { figuresNameFor, placedFigures } from "../../core/fleet/placed-figures.ts";
import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import { tenantQueues } from "../../core/fleet/shuffle-shard.ts";
import type { Fleet, Jurisdiction, LocationHint } from "../../core/fleet/topology.ts";
import { ledgerName, parseLedgerName } from "../../core/job/ledger-address.ts";
import type { ShardMap } from "../../core/fleet/shard-map.ts";
import type { ToldTerms } from "../../core/identity/tenant.ts";
import type { Job } from "../../core/job/job.ts";
import type { JobMessage } from "../../core/job/message.ts";
import type { Lease, LeaseAsk, LeaseSource } from "../../core/ledger/lease.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import type { RegionFigures } from "../figures/region-figures.ts";
import { hostOf } from "../host.ts";
import type { Host, LedgerPorts, TenantRecords } from "../ports.ts";
import { Ledger } from "./ledger.ts";
import { HitStore, type Hits } from "./usage/hits.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  BeginRequest,
  ClaimAnswer,
  ClaimRequest,
  BroughtTerms,
  LedgerAccount,
  LedgerBalance,
  LedgerMetrics,
  LedgerUsage,
  ReserveAnswer,
  ReserveRequest,
  SettleRequest,
  SettleAnswer,
  StoreAnswer,
  StoreRequest,
} from "./ledger-calls.ts";

/** The bindings that a ledger uses. */
export interface LedgerEnv {
  readonly FLEET: Fleet;
  readonly [jobs: `JOBS_${string}`]: Queue<JobMessage>;
  readonly [solo: `SOLO_${string}`]: Queue<JobMessage>;
  readonly [pictures: `PICTURES_${string}`]: R2Bucket;
  readonly BOOKS: R2Bucket;
  readonly DIRECTORY: { getByName(name: string): TenantRecords };
  readonly FIGURES: DurableObjectNamespace<RegionFigures>;
  readonly POINTS: AnalyticsEngineDataset;
  readonly LEDGER: LedgerNamespace;
}

/** Ledgers, as far as other shards of their tenants ask them. */
interface LedgerNamespace {
  getByName(name: string, options?: { readonly locationHint?: LocationHint }): LeaseSource;
  jurisdiction?(jurisdiction: Jurisdiction): { getByName(name: string): LeaseSource };
}

/** A `Ledger` on the platform. What each call promises is said there. */
export class TenantLedger extends DurableObject<LedgerEnv> {
  readonly #ledger: Ledger;
  readonly #hits: HitStore;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#ledger = new Ledger(portsOf(hostOf(ctx, env), env));
    this.#hits = new HitStore(ctx.storage.sql, () => Date.now());
  }

  reserve(request: ReserveRequest): ReserveAnswer | Promise<ReserveAnswer> {
    return this.#ledger.reserve(request);
  }

  release(id: string): void {
    this.#ledger.release(id);
  }

  accept(request: AcceptRequest): AcceptAnswer | Promise<AcceptAnswer> {
    return this.#ledger.accept(request);
  }

  holdsKey(key: string, map: ShardMap): boolean {
    return this.#ledger.holdsKey(key, map);
  }

  lease(ask: LeaseAsk, brought: BroughtTerms): Lease {
    return this.#ledger.lease(ask, brought);
  }

  shardMap(): ShardMap {
    return this.#ledger.shardMap();
  }

  acceptWait(request: AcceptRequest, waitMillis: number): Promise<AcceptAnswer> {
    return this.#ledger.acceptWait(request, waitMillis);
  }

  dispatch(id: string, lost: boolean, unbegun?: boolean): void {
    this.#ledger.dispatch(id, lost, unbegun);
  }

  claim(asked: readonly ClaimRequest[], alone: boolean): ClaimAnswer[] {
    return this.#ledger.claim(asked, alone);
  }

  begin(request: BeginRequest, alone: boolean): boolean {
    return this.#ledger.begin(request, alone);
  }

  settle(outcomes: readonly SettleRequest[]): SettleAnswer[] {
    return this.#ledger.settle(outcomes);
  }

  wait(id: string, millis: number): Promise<Job | null> {
    return this.#ledger.wait(id, millis);
  }

  list(cursor: string | null, limit: number): Promise<Job[]> {
    return this.#ledger.list(cursor, limit);
  }

  remove(id: string): Promise<boolean> {
    return this.#ledger.remove(id);
  }

  usage(from: number, to: number): LedgerUsage {
    return { ...this.#ledger.usage(from, to), hits: this.#hits.between(from, to) };
  }

  countHits(hits: Hits): void {
    this.#hits.count(hits);
  }

  reserveOriginal(request: StoreRequest): StoreAnswer {
    return this.#ledger.originals.reserve(request);
  }

  settleOriginal(hash: string, doubt: number): void {
    this.#ledger.originals.settle(hash, doubt);
  }

  removeOriginal(hash: string): Promise<void> {
    return this.#ledger.originals.remove(hash);
  }

  metrics(from: number, to: number): LedgerMetrics {
    return this.#ledger.figures.metrics(from, to);
  }

  balance(): Promise<LedgerBalance | null> {
    return this.#ledger.figures.balance();
  }

  seal(): Promise<Watermark> {
    return this.#ledger.seal();
  }

  revokeKey(id: string): void {
    this.#ledger.revokeKey(id);
  }

  account(brought: BroughtTerms): LedgerAccount {
    return { ...this.#ledger.account(brought), stored: this.#ledger.originals.used() };
  }

  setTerms(terms: ToldTerms): void {
    this.#ledger.setTerms(terms);
  }

  override alarm(): Promise<void> {
    return this.#ledger.alarm();
  }
}

/** What the ledger's region has, and of its queues the tenant's own. */
function portsOf(host: Host, env: LedgerEnv): LedgerPorts {
  const { tenant, region, shard } = parseLedgerName(host.name);
  const first = ledgerName({ tenant, region, shard: 0 });
  const firstShard: LeaseSource = {
    lease: async (...given) => placedLedger(env, first).lease(...given),
  };
  const { regions, queuesPerTenant } = env.FLEET;
  const { queues = 1 } = regions.find(({ name }) => name === region) ?? {};
  return {
    host,
    jobs: tenantQueues(tenant, queues, queuesPerTenant).map((queue) =>
      bound(env, jobsBinding(region, queue)),
    ),
    solo: bound(env, soloBinding(region)),
    pictures: bound(env, picturesBinding(region)),
    books: env.BOOKS,
    directory: { tenantRecord: (id) => env.DIRECTORY.getByName("directory").tenantRecord(id) },
    ...(shard !== 0 && { firstShard }),
    figures: placedFigures(env, region, figuresNameFor(region, host.name)),
    points: env.POINTS,
  };
}
