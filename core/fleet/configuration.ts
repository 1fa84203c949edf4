import { KeyRing } from "../books/key-ring.ts";
import { refusePlaceholder } from "../identity/admin-token.ts";
import { jobsBinding, picturesBinding, soloBinding } from "./bindings.ts";
import { fleetFaults, type Fleet, type Region } from "./topology.ts";

export type WorkerName = "api" | "consumer" | "billing" | "objects";

interface Needs {
  /** What is bound once … */
  readonly bindings: readonly string[];
  /** … and what for each region. */
  readonly ofRegion: (region: Region) => readonly string[];
  /** What is wrong with its secrets and settings. */
  readonly settings?: (env: Settings) => (string | false)[];
}

type Settings = Readonly<Record<string, string | undefined>>;

/** What each Worker cannot work without. `npm run topology` writes all of it but the secrets. */
export const needs: Readonly<Record<WorkerName, Needs>> = {
  api: {
    bindings: ["IDENTITY", "LEDGER", "DIRECTORY", "BOOKS", "EXPRESS", "VERSION"],
    ofRegion: ({ name }) => [picturesBinding(name)],
    settings: (env) => [
      placeholder("ADMIN_TOKEN", env["ADMIN_TOKEN"]),
      ...accessFaults(env),
      env["RECEIPT_KEYS"] !== undefined && keysFault(env, "RECEIPT_KEYS"),
    ],
  },
  consumer: {
    bindings: ["LEDGER"],
    ofRegion: ({ name }) => [picturesBinding(name), soloBinding(name)],
  },
  billing: {
    bindings: ["BOOKS", "DIRECTORY", "LEDGER", "FIGURES", "ROLL_UP", "AUDIT"],
    ofRegion: ({ name }) => [picturesBinding(name)],
    settings: (env) => [keysFault(env, "WITNESS_KEYS")],
  },
  objects: {
    bindings: ["LEDGER", "DIRECTORY", "FIGURES", "IDENTITY", "BOOKS"],
    ofRegion: ({ name, queues }) => [
      picturesBinding(name),
      soloBinding(name),
      ...Array.from({ length: queues }, (_, queue) => jobsBinding(name, queue)),
    ],
  },
};

/**
 * What is wrong with a Worker's environment, each fault in a sentence that never contains a secret; empty: it can work.
 * `ofItsOwn`: what the Worker finds wrong with settings that only it knows.
 */
export function configurationFaults(
  env: object,
  worker: WorkerName,
  ofItsOwn: readonly string[] = [],
): readonly string[] {
  const known = found[worker].get(env);
  if (known) return known;
  const faults = [...look(env as Readonly<Record<string, unknown>>, needs[worker]), ...ofItsOwn];
  found[worker].set(env, faults);
  return faults;
}

/** Throws with all that is wrong. */
export function expectConfigured(env: object, worker: WorkerName): void {
  const faults = configurationFaults(env, worker);
  if (faults.length > 0) throw new Error(`misconfigured: ${faults.join(" ")}`);
}

/** An isolate has one environment, which does not change. */
const found: Readonly<Record<WorkerName, WeakMap<object, readonly string[]>>> = {
  api: new WeakMap(),
  consumer: new WeakMap(),
  billing: new WeakMap(),
  objects: new WeakMap(),
};

function look(env: Readonly<Record<string, unknown>>, { bindings, ofRegion, settings }: Needs) {
  const told = env["FLEET"] as Fleet | undefined;
  const fleet = Array.isArray(told?.regions) && told.regions.length > 0 ? told : null;
  const names = [...bindings, ...(fleet?.regions.flatMap(ofRegion) ?? [])];
  return [
    ...(settings?.(env as Settings) ?? []),
    fleet === null && "FLEET names no region; run: npm run topology.",
    ...(fleet ? fleetFaults(fleet).map((fault) => `FLEET: ${fault}`) : []),
    ...names.map(
      (name) => env[name] === undefined && `${name} is not bound; run: npm run topology.`,
    ),
  ].filter((fault) => fault !== false);
}

function placeholder(name: string, value: string | undefined): string | false {
  const secret = refusePlaceholder(name, value);
  return !secret.ok && secret.error;
}

/** With one and not the other, Access's assertions could not be checked, and no operator could sign in. */
function accessFaults({ ACCESS_TEAM: team, ACCESS_AUDIENCE: audience }: Settings) {
  if (team === undefined && audience === undefined) return [];
  return [
    team === undefined && "ACCESS_AUDIENCE is set and ACCESS_TEAM is not.",
    audience === undefined && "ACCESS_TEAM is set and ACCESS_AUDIENCE is not.",
    team !== undefined &&
      !/^[a-z0-9-]+\.cloudflareaccess\.com$/.test(team) &&
      "ACCESS_TEAM must be <team>.cloudflareaccess.com.",
    audience === "" && "ACCESS_AUDIENCE is empty.",
  ];
}

function keysFault(env: Settings, name: "RECEIPT_KEYS" | "WITNESS_KEYS"): string | false {
  try {
    const { kid } = new KeyRing(env[name], name);
    return kid === "" && `${name} must give its first key a kid.`;
  } catch (cause) {
    return `${(cause as Error).message}.`;
  }
}
