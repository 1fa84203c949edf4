import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { ensureReceiptKeys, localAdminToken } from "./dev-vars.ts";
import { localWitnessKeys } from "../books/witness-keys.ts";

/** The repository's own folder. */
export const root = resolve(import.meta.dirname, "../..");

/** The first answers HTTP; all run in one workerd and see each other's bindings. */
const serviceConfigs = [
  "wrangler.toml",
  "workers/consumer/wrangler.toml",
  "workers/billing/wrangler.toml",
  "durable-objects/wrangler.toml",
] as const;

export interface LocalService {
  readonly url: string;
  /** The process group that all its processes are in. */
  readonly group: number;
  /** Ends every process of the service in order; resolves when none is left. */
  readonly stop: () => Promise<void>;
  /** Ends every process at once, as a power cut would. */
  readonly kill9: () => Promise<void>;
}

export interface StartOptions {
  /** Where queues, objects and buckets keep their files; two services never share one. */
  readonly stateDir: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Wrangler configurations relative to the checkout; the service's own by default. */
  readonly configs?: readonly string[];
  /** The folder whose Workers are started; this repository by default. */
  readonly checkout?: string;
  /**
   * Without what `wrangler dev` puts around the Workers (scripts/local/bare-runtime.ts). `apart`: renders and storage
   * have processes of their own.
   */
  readonly bare?: Pick<BareOptions, "processes" | "buckets">;
  /** Gets each line that the runtime and the Workers print. */
  readonly log?: (line: string) => void;
}

export interface BareOptions {
  readonly processes: "one" | "apart";
  /**
   * `memory`: buckets are held in memory, by a process without Workers, and forgotten at the end, and the location's
   * cache holds nothing (scripts/local/memory-buckets.ts). `files`, the default: miniflare's simulators, which keep
   * both.
   */
  readonly buckets?: "files" | "memory";
  /** Whether to print what the Workers log: each line is read, and written, by one process after the other. */
  readonly logs: boolean;
}

/**
 * Starts Workers on the local runtime and resolves once they answer `GET /healthz`. No process
 * survives: not an ordinary end, not a signal, not a crash or a `kill -9` of this process.
 */
export async function startService(options: StartOptions): Promise<LocalService> {
  const { port = 0, configs = serviceConfigs, checkout = root, bare } = options;
  const stateDir = resolve(root, options.stateDir);
  mkdirSync(stateDir, { recursive: true });
  if (port !== 0) await refuseTakenPort(port);
  // The runtime reads its secrets from there when it starts.
  const secrets = join(root, ".dev.vars");
  localAdminToken(secrets);
  ensureReceiptKeys(secrets);
  if (checkout !== root) copyFileSync(secrets, join(checkout, ".dev.vars"));

  const command = bare
    ? bareRuntime(stateDir, port, configs, {
        logs: options.log !== undefined,
        ...bare,
      })
    : wranglerDev(stateDir, port, configs);
  const child = spawnRuntime(command, checkout, stateDir, localWitnessKeys(stateDir));
  const running = new RunningGroup(child);
  const lines: string[] = [];
  try {
    const url = await readyUrl(child, (line) => {
      lines.push(line);
      if (lines.length > 60) lines.shift();
      options.log?.(line);
    });
    await untilHealthy(url, child);
    const { group } = running;
    return { url, group, stop: () => running.stop(), kill9: () => running.kill9() };
  } catch (error) {
    await running.kill9();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\n${lines.join("\n")}`.trim(), { cause: error });
  }
}

/** Ends in order whatever this process has started and not stopped yet. */
export async function stopServices(): Promise<void> {
  await Promise.all([...runningGroups].map((group) => group.stop()));
}

/** A state folder of its own, gone again when this process ends. */
export function temporaryStateDir(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "minilab-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

const runningGroups = new Set<RunningGroup>();

const startMillisMax = 90_000;
const healthMillisMax = 20_000;
const stopMillisMax = 8_000;

function bareRuntime(
  stateDir: string,
  port: number,
  configs: readonly string[],
  options: BareOptions,
): string[] {
  const script = join(import.meta.dirname, "bare-runtime.ts");
  return [script, String(port), stateDir, JSON.stringify(options), ...configs];
}

function wranglerDev(stateDir: string, port: number, configs: readonly string[]): string[] {
  return [
    join(root, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ...configs.flatMap((config) => ["--config", config]),
    ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
    ...["--persist-to", stateDir, "--show-interactive-dev-session=false"],
  ];
}

function spawnRuntime(
  command: readonly string[],
  checkout: string,
  stateDir: string,
  witnessKeys: string,
): ChildProcess {
  return spawn(
    process.execPath,
    [join(import.meta.dirname, "leash.ts"), process.execPath, ...command],
    {
      cwd: checkout,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        NO_COLOR: "1",
        // A secret that a configuration requires is read from here.
        WITNESS_KEYS: witnessKeys,
        // Two services of one machine must not find each other's Workers.
        WRANGLER_REGISTRY_PATH: join(stateDir, "registry"),
        // Nothing leaves the machine: no look-up of the visitor's place, no metrics, no update check.
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_WRITE_LOGS: "false",
        // Both cost time on every call and are not used here.
        X_LOCAL_OBSERVABILITY: "false",
        X_LOCAL_EXPLORER: "false",
      },
    },
  );
}

/** Resolves with the address that the runtime says it listens on. */
function readyUrl(child: ChildProcess, log: (line: string) => void): Promise<string> {
  return new Promise((resolveUrl, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The service was not ready after ${startMillisMax / 1000} s.`)),
      startMillisMax,
    );
    child.on("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`The local runtime ended with code ${code} before it was ready.`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (coloured) => {
        const line = stripVTControlCharacters(coloured);
        log(line);
        const url = /Ready on (http:\/\/\S+)/.exec(line)?.[1];
        // After an error in the sources the runtime would wait for them to be fixed.
        const broken = line.includes("[ERROR]");
        if (url === undefined && !broken) return;
        clearTimeout(timer);
        if (url !== undefined) resolveUrl(url);
        else setTimeout(() => reject(new Error("The Workers could not be built.")), 500);
      });
    }
  });
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + healthMillisMax;
  let answer = "no answer";
  while (Date.now() < giveUpAt && child.exitCode === null) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) });
      answer = `${response.status} ${(await response.text()).slice(0, 400)}`;
      if (response.ok) return;
      if (response.status < 500) break;
    } catch (error) {
      answer = error instanceof Error ? error.message : String(error);
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`The service does not report itself healthy: ${answer}`);
}

function refuseTakenPort(port: number): Promise<void> {
  return new Promise((free, reject) => {
    const probe = createServer();
    probe.on("error", () =>
      reject(new Error(`Port ${port} is taken. Choose another: PORT=${port + 1} npm start`)),
    );
    probe.listen(port, "127.0.0.1", () => probe.close(() => free()));
  });
}

/** The runtime's process group: the leash, wrangler, and the workerd processes below it. */
class RunningGroup {
  readonly group: number;
  readonly #ended: Promise<void>;

  constructor(child: ChildProcess) {
    if (child.pid === undefined) throw new Error("The local runtime could not be started.");
    this.group = child.pid;
    runningGroups.add(this);
    this.#ended = new Promise((ended) =>
      child.on("close", () => {
        runningGroups.delete(this);
        ended();
      }),
    );
  }

  async stop(): Promise<void> {
    signalGroup(this.group, "SIGTERM");
    const timer = setTimeout(() => signalGroup(this.group, "SIGKILL"), stopMillisMax);
    await this.#ended;
    clearTimeout(timer);
    // Wrangler ends its workerd processes itself; this ends one that did not stop.
    signalGroup(this.group, "SIGKILL");
  }

  async kill9(): Promise<void> {
    signalGroup(this.group, "SIGKILL");
    await this.#ended;
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has no process left, which is what every caller wants.
  }
}
