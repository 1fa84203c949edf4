import { picturesBinding } from "../../core/fleet/bindings.ts";
import { figuresNameFor } from "../../core/fleet/placed-figures.ts";
import { tenantQueues } from "../../core/fleet/shuffle-shard.ts";
import type { Fleet } from "../../core/fleet/topology.ts";
import { ledgerName, parseLedgerName } from "../../core/job/ledger-address.ts";
import { RetryBudget } from "../../core/retry-budget.ts";
import { Figures } from "../../durable-objects/figures/figures.ts";
import { limits } from "../../core/limits.ts";
import type { Host, Log } from "../../durable-objects/ports.ts";
import type { ConsumerPorts } from "../../workers/consumer/ports.ts";
import type { ApiEnv } from "../../workers/api/env.ts";
import { Record } from "../checks/record.ts";
import { watchStatements } from "../checks/statements.ts";
import { Bucket } from "../platform/bucket.ts";
import { ObjectNamespace } from "../platform/durable-objects.ts";
import { KeyValue } from "../platform/key-value.ts";
import type { Queue } from "../platform/queue.ts";
import { calm, Weather } from "../platform/weather.ts";
import { Wire } from "../platform/wire.ts";
import { Clock, Process } from "../time/process.ts";
import { Random } from "../time/random.ts";
import { Timeline } from "../time/timeline.ts";
import { ExpressBinding } from "./express-binding.ts";
import { fakeEngine } from "./fake-engine.ts";
import { FrontDoor } from "./front-door.ts";
import { DirectoryObject, EarlierLedgerObject, LedgerObject } from "./objects.ts";
import type { Profile } from "./profile.ts";
import { calledLater, isEarlier, isLater, migrateLater, sentLater } from "./versions.ts";
import { Workshop } from "./workshop.ts";

const machinesCount = 5;

/** The whole service, with everything around it that can go wrong. */
export class World {
  readonly profile: Profile;
  readonly random: Random;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly wire: Wire;
  readonly record: Record;
  readonly pictures: Bucket;
  readonly books: Bucket;
  readonly identity: KeyValue;
  readonly workshop: Workshop;
  readonly express: ExpressBinding;
  readonly ledgers: ObjectNamespace<LedgerObject>;
  readonly figures: ObjectNamespace<Figures>;
  readonly directory: ObjectNamespace<DirectoryObject>;
  readonly frontDoor: FrontDoor;
  readonly machines: Clock[];
  readonly poison = new Set<number>();
  #processes = 0;
  /** What new isolates and objects run: `newest`, or either while a deployment is under way. */
  newest = 1;
  deploying = false;
  /** Nothing goes wrong any more. */
  isQuiet = false;

  constructor(seed: number, profile: Profile, keepsHistory: boolean) {
    const random = new Random(seed, "world");
    const timeline = new Timeline(profile.startAt);
    const weather = new Weather(calm, new Random(seed, "weather"), timeline);
    const wire = new Wire(timeline, weather);
    this.profile = profile;
    this.random = random;
    this.timeline = timeline;
    this.weather = weather;
    this.wire = wire;
    this.record = new Record(timeline, keepsHistory);
    weather.onFault = (fault) =>
      this.record.note("fault", `${fault} ${timeline.process?.name ?? ""}`);
    this.machines = Array.from({ length: machinesCount }, () => this.#machine());
    this.pictures = new Bucket(wire, "pictures");
    this.books = new Bucket(wire, "books");
    this.pictures.watchPuts((key) => {
      if (key.endsWith("/source")) this.record.sources += 1;
    });
    this.books.watchPuts((...put) => watchStatements(this.record, ...put));
    this.identity = new KeyValue(wire, random);
    const objects = {
      machine: () => ({ clock: random.pick(this.machines), version: this.#version() }),
      random,
      log: this.#log(),
    };
    this.ledgers = new ObjectNamespace<LedgerObject>(wire, {
      ...objects,
      kind: "ledger",
      dependency: (name) => `ledger ${name}`,
      make: (host, version) => this.#makeLedger(host, version),
    });
    this.directory = new ObjectNamespace<DirectoryObject>(wire, {
      ...objects,
      kind: "directory",
      dependency: () => "directory",
      make: (host) =>
        new DirectoryObject(host, {
          FLEET: fleet,
          IDENTITY: this.identity,
          LEDGER: this.ledgers,
          BOOKS: this.books,
        }),
    });
    this.figures = new ObjectNamespace<Figures>(wire, {
      ...objects,
      kind: "figures",
      dependency: () => "figures",
      make: (host) => new Figures(host),
    });
    this.workshop = this.#makeWorkshop(random);
    this.express = this.#makeExpress();
    this.frontDoor = new FrontDoor(
      wire,
      random,
      () => this.makeProcess("api"),
      (process) => this.#apiEnv(process),
      (cause) => this.record.violate("faults-of-our-own-are-none", String(cause)),
    );
  }

  #makeLedger(host: Host, version: number): LedgerObject {
    if (isLater(version)) {
      migrateLater(host.storage);
      this.ledgers.record(host.name).isReusable = false;
    }
    const { tenant, shard } = parseLedgerName(host.name);
    const queue = (jobs: Queue) => (isLater(version) ? sentLater(jobs) : jobs) as never;
    const Version = isEarlier(version) ? EarlierLedgerObject : LedgerObject;
    return new Version({
      host,
      jobs: this.queuesOf(tenant).map(queue),
      solo: queue(this.workshop.solo),
      pictures: this.pictures,
      settledRowsMax: this.profile.settledRowsMax,
      books: this.books,
      directory: this.directory.getByName("directory"),
      ...(shard > 0 && {
        firstShard: this.ledgers.getByName(ledgerName({ tenant, region, shard: 0 })),
      }),
      figures: this.figures.getByName(figuresNameFor(region, host.name)),
    });
  }

  #makeWorkshop(random: Random): Workshop {
    return new Workshop(this.wire, random, {
      queues: this.profile.queues,
      consumersMax: this.profile.consumers,
      makeProcess: () => this.makeProcess("consumer"),
      ports: (process) => this.#consumerPorts(process),
    });
  }

  /** The tenant's ledgers: of every shard that was ever called, and of the first. */
  ledgersOf(tenant: string): string[] {
    const first = ledgerName({ tenant, region, shard: 0 });
    const others = [...this.ledgers.records].map(({ name }) => name);
    return [first, ...others.filter((name) => name !== first && name.startsWith(`${tenant}/`))];
  }

  /** The tenant's share of them, the best first. */
  queuesOf(tenant: string): Queue[] {
    const { jobs } = this.workshop;
    return tenantQueues(tenant, jobs.length, fleet.queuesPerTenant).map(
      (number) => jobs[number] as Queue,
    );
  }

  #makeExpress(): ExpressBinding {
    return new ExpressBinding(this.wire, this.random, {
      makeProcess: () => this.makeProcess("consumer"),
      ports: (process) => ({
        ...this.#consumerPorts(process),
        solo: this.workshop.solo,
        pictures: this.pictures as never,
      }),
    });
  }

  #consumerPorts(process: Process): Omit<ConsumerPorts, "solo"> {
    return {
      ledger: (name) => this.#ledgerFor(process, name),
      pictures: this.pictures,
      engine: fakeEngine(process, this.timeline, {
        begin: (...render) => this.#render(...render),
      }),
      timers: globalThis,
      log: this.#log(),
      retries: new RetryBudget(),
      now: () => process.read(this.timeline.now),
      random: () => this.random.fraction(),
    };
  }

  /** `begin`: half of what starts from now on is newer. `back`: the newer one is withdrawn. */
  deploy(how: "begin" | "finish" | "back"): void {
    if (how === "begin" && !this.deploying) this.newest += 1;
    if (how === "back" && this.deploying) this.newest -= 1;
    this.deploying = how === "begin";
    this.frontDoor.redeploy();
    for (const record of this.ledgers.records) if (this.random.chance(0.5)) record.evict();
  }

  calmDown(): void {
    this.isQuiet = true;
    this.weather.clear();
  }

  end(): void {
    this.ledgers.end();
    this.directory.end();
    this.figures.end();
  }

  /** The simulator itself failed: that is always an error. */
  broke(cause: unknown): void {
    this.record.violate(
      "the-simulator-works",
      cause instanceof Error ? (cause.stack ?? "") : String(cause),
    );
  }

  makeProcess(kind: string): Process {
    const name = `${kind} ${++this.#processes}`;
    return new Process(name, this.random.pick(this.machines), this.#version());
  }

  #version(): number {
    return this.deploying && this.random.chance(0.5) ? this.newest - 1 : this.newest;
  }

  #machine(): Clock {
    const { skewMillis, driftShare, startAt } = this.profile;
    const upTo = (most: number) => (2 * this.random.fraction() - 1) * most;
    return new Clock(upTo(skewMillis), upTo(driftShare), startAt);
  }

  #render(picture: number, computeUnits: number): { millis: number; poisonous: boolean } {
    const { renders, units } = this.record;
    // Tried again with another Accept, one picture can be two jobs.
    units.set(picture, Math.max(units.get(picture) ?? 0, computeUnits));
    renders.set(picture, (renders.get(picture) ?? 0) + 1);
    this.record.note("render", `picture ${picture} on ${this.timeline.process?.name}`);
    const mean = this.profile.renderMillis;
    return {
      // A unit is about a millisecond: ledgers rely on that.
      millis: Math.min(limits.renderMillisMax, computeUnits + this.random.exponential(mean)),
      poisonous: this.poison.has(picture),
    };
  }

  #log(): Log {
    const write = (level: string) => (event: { readonly event: string }) => this.log(level, event);
    return { info: write("info"), warn: write("warn"), error: write("error") };
  }

  log(level: string, entry: unknown): void {
    const event = (entry as { event?: string }).event ?? "";
    this.record.fold(event);
    this.record.history?.push(
      `${String(this.timeline.steps).padStart(6)} ${this.timeline.process?.name ?? "world"} ${level} ${JSON.stringify(entry)}`,
    );
  }

  #ledgerFor({ version }: Process, name: string) {
    const ledger = this.ledgers.getByName(name);
    return isLater(version) ? calledLater(ledger) : ledger;
  }

  #apiEnv(process: Process): ApiEnv {
    return {
      FLEET: fleet,
      ADMIN_TOKEN: "",
      IDENTITY: this.identity,
      [picturesBinding(region)]: this.pictures,
      LEDGER: { getByName: (name: string) => this.#ledgerFor(process, name) },
      DIRECTORY: this.directory,
      BOOKS: null,
      EXPRESS: this.express,
      VERSION: { id: "simulated", tag: "", timestamp: "" },
    } as unknown as ApiEnv;
  }
}

export const region = "sim";

export const fleet: Fleet = {
  production: false,
  queuesPerTenant: 2,
  regions: [{ name: region, continents: [], queues: 1 }],
};
