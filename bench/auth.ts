/**
 * What does authentication cost? Requests that do nothing, through the API's own way in: from anyone, from a
 * tenant that the isolate knows, and from tenants that it has to look up in KV. All take turns in one isolate.
 */
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { stage } from "../scripts/terminal.ts";
import { hostDescription } from "./host.ts";
import { closedLoop } from "./load.ts";
import { numberedKey } from "./numbered-key.ts";
import { median, round, spread } from "./statistics.ts";

interface AuthReport {
  readonly host: string;
  /** Requests a second with a key that the isolate knows, by those without a key. */
  readonly ratio: number;
  /** The same with keys that it has to look up in KV. */
  readonly uncachedRatio: number;
  /** Spread of `ratio` over the rounds. */
  readonly spread: number;
  readonly openPerSecond: number;
  readonly knownPerSecond: number;
  readonly uncachedPerSecond: number;
  /** What one look at a known key takes inside the Worker, where HTTP does not hide it. */
  readonly checkMicros: number;
}

/** Requests a second, and microseconds. */
type Measured = Record<"open" | "known" | "uncached" | "checkMicros", number>;

export async function benchAuth(rounds: number): Promise<AuthReport> {
  const { url, stop } = await stage("Starting the front door", () =>
    startService({ stateDir: temporaryStateDir(), configs: ["bench/auth-worker.toml"] }),
  );
  const door = new Door(url);
  await door.publish(1);
  await stage("Warming up", () => door.round());
  const measured: Measured[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const turn = await door.round();
      measured.push(turn);
      const { open, known, uncached } = turn;
      detail(
        `${round(open, 0)} anyone's, ${round(known, 0)} known, ${round(uncached, 0)} looked up`,
      );
    });
  }
  await stop();
  return reportOf(measured);
}

const clients = 8;
const turnMillis = 2000;
const checks = 5000;
/** Each is asked for once: the isolate knows it then. */
const newKeys = 300;

class Door {
  readonly #url: string;
  #published = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** The number of the first. */
  async publish(count: number): Promise<number> {
    const from = this.#published;
    this.#published += count;
    await this.#post(`/keys?from=${from}&count=${count}`);
    return from;
  }

  /** Requests without a key before and after the others, so that what slows the machine meanwhile slows both. */
  async round(): Promise<Measured> {
    const turn = (path: string) => closedLoop(clients, turnMillis, () => this.#get(path, 0));
    const before = await turn("/open");
    const known = await turn("/closed");
    const after = await turn("/open");
    let next = await this.publish(newKeys);
    const millis = await this.#each(newKeys, () => this.#get("/closed", next++));
    const { micros } = (await (await this.#post(`/checks?count=${checks}`)).json()) as Checks;
    return {
      open: (before.perSecond + after.perSecond) / 2,
      known: known.perSecond,
      uncached: (newKeys * 1000) / millis,
      checkMicros: micros,
    };
  }

  /** Milliseconds until `count` have ended, by as many clients as in the other turns. */
  async #each(count: number, request: () => Promise<void>): Promise<number> {
    const started = performance.now();
    let left = count;
    const client = async () => {
      while (left-- > 0) await request();
    };
    await Promise.all(Array.from({ length: clients }, client));
    return performance.now() - started;
  }

  async #get(path: string, key: number): Promise<void> {
    const headers = { Authorization: `Bearer ${numberedKey(key)}` };
    const response = await fetch(`${this.#url}${path}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  }

  async #post(path: string): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, { method: "POST" });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response;
  }
}

interface Checks {
  readonly micros: number;
}

function reportOf(measured: readonly Measured[]): AuthReport {
  const ratios = (of: "known" | "uncached") => measured.map((turn) => turn[of] / turn.open);
  const middle = (of: keyof Measured) => median(measured.map((turn) => turn[of]));
  return {
    host: hostDescription(),
    ratio: round(median(ratios("known")), 3),
    uncachedRatio: round(median(ratios("uncached")), 3),
    spread: round(spread(ratios("known")), 3),
    openPerSecond: round(middle("open"), 0),
    knownPerSecond: round(middle("known"), 0),
    uncachedPerSecond: round(middle("uncached"), 0),
    checkMicros: round(middle("checkMicros"), 1),
  };
}
