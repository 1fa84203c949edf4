import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import { shardsOf, type ShardMap } from "../../core/fleet/shard-map.ts";
import { ledgersOf, parseLedgerName } from "../../core/job/ledger-address.ts";
import { regionsOf, type Residence } from "../../core/fleet/routing.ts";
import { within } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import { Unavailable } from "../../core/unavailable.ts";
import { callObject } from "./call-object.ts";
import type { ApiEnv } from "./env.ts";
import type { Call } from "./route.ts";

type Ledger = ReturnType<ApiEnv["LEDGER"]["getByName"]>;
type Caller = Pick<Call, "env" | "healths">;

interface CallOptions<Value> {
  /** How long the ledger may hold the call. */
  readonly heldMillis?: number;
  /** Whether the answer shows queues that take messages; null: it tells nothing of them. */
  readonly queuesTake?: (answer: Value) => boolean | null;
}

/**
 * Calls a ledger as `callObject` does, and notes how its region is doing. Whatever fails there is
 * `Unavailable` to the client: its data is safe and cannot be reached now.
 */
export async function callLedger<Value>(
  { env, healths }: Caller,
  name: string,
  ask: (ledger: Ledger) => Promise<Value> | Value,
  { heldMillis = 0, queuesTake }: CallOptions<Value> = {},
): Promise<Value> {
  const { region } = parseLedgerName(name);
  try {
    // A new stub for every attempt: one whose object moved stays broken.
    const answer = await callObject(async () => ask(placedLedger(env, name)), heldMillis);
    const now = Date.now();
    healths.after(region, true, now);
    const take = queuesTake?.(answer) ?? null;
    if (take !== null) healths.afterJob(region, take, now);
    return answer;
  } catch (cause) {
    const { overloaded } = cause as { overloaded?: boolean };
    // That one tenant's ledger is too busy says nothing about its region.
    if (!overloaded) healths.after(region, false, Date.now());
    console.warn({ event: "ledger-not-reached", ledger: name, cause: String(cause) });
    throw new Unavailable(`region ${region} did not answer`);
  }
}

interface Tenant extends Residence {
  readonly tenant: string;
  readonly shards: ShardMap;
}

/** How much of the data that there is an answer contains. */
export interface Harvest {
  /** Ledgers in the answer, and all that there are. */
  readonly included: number;
  readonly known: number;
  /** Regions that did not answer. */
  readonly missing: readonly string[];
}

/**
 * Asks every ledger of a tenant at once, also those of shards that KV does not tell of yet: no shard takes work before
 * its region's first one knows of it. Throws `Unavailable` when none answers.
 */
export async function callLedgers<Value>(
  call: Caller & Pick<Call, "shards">,
  { tenant, shards, ...residence }: Tenant,
  ask: (ledger: Ledger, name: string) => Promise<Value> | Value,
): Promise<{ readonly answers: readonly Value[]; readonly harvest: Harvest }> {
  const regions = regionsOf(call.env.FLEET.regions, residence);
  const all = () => ledgersOf(tenant, { regions }, shardsOf(call.shards.newest(tenant, shards)));
  const names = all();
  const asked = await Promise.allSettled(names.map((name) => askAndLearn(call, name, ask)));
  const added = all().filter((name) => !names.includes(name));
  names.push(...added);
  asked.push(...(await Promise.allSettled(added.map((name) => askAndLearn(call, name, ask)))));
  const answers = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (answers.length === 0) throw new Unavailable("no region answered");
  const missing = names.flatMap((name, index) =>
    asked[index]?.status === "rejected" ? [parseLedgerName(name).region] : [],
  );
  const harvest = {
    included: answers.length,
    known: names.length,
    missing: [...new Set(missing)],
  };
  return { answers, harvest };
}

function askAndLearn<Value>(
  call: Caller & Pick<Call, "shards">,
  name: string,
  ask: (ledger: Ledger, name: string) => Promise<Value> | Value,
): Promise<Value> {
  const { tenant, shard } = parseLedgerName(name);
  return callLedger(call, name, async (ledger) => {
    // A ledger of an older version cannot say.
    const known =
      shard === 0 ? within(globalThis, limits.objectMillisMax, ledger.shardMap()) : null;
    const answer = await ask(ledger, name);
    const map = await known;
    if (map?.ok) call.shards.learn(tenant, map.value);
    return answer;
  });
}
