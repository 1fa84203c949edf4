import type { Host, Log } from "../../durable-objects/ports.ts";
import type { Backup, SqliteStorage } from "../sqlite-storage.ts";
import type { Clock, Process } from "../time/process.ts";
import type { Random } from "../time/random.ts";
import type { Event } from "../time/timeline.ts";
import { ObjectProcess } from "./object-process.ts";
import type { Dependency } from "./weather.ts";
import { CallFailed, type Wire } from "./wire.ts";

export interface SimulatedObject {
  alarm?(): Promise<void> | void;
}

export interface ObjectSettings<Obj> {
  /** Objects of one kind have the same tables. */
  readonly kind: string;
  readonly dependency: (name: string) => Dependency;
  readonly make: (host: Host, version: number) => Obj;
  /** Where an object that wakes finds itself. */
  readonly machine: () => { clock: Clock; version: number };
  readonly random: Random;
  readonly log: Log;
}

type Methods = Readonly<Record<string, (...parameters: unknown[]) => unknown>>;

/** Cloudflare's promise: an alarm whose handler throws is tried this often again. */
const alarmRetriesMax = 6;
/** The platform says "up to a minute", after maintenance or when a machine is lost; here it is twice that. */
const alarmLateMillisMax = 120_000;

/** One object: what is stored, and the instance when it is awake. */
export class ObjectRecord<Obj extends SimulatedObject> {
  readonly name: string;
  readonly database: SqliteStorage;
  /** Whether its tables are those of the present version. */
  isReusable = true;
  readonly #wire: Wire;
  readonly #settings: ObjectSettings<Obj>;
  #awake: { readonly process: ObjectProcess; readonly instance: Obj } | null = null;
  #alarmEvent: Event | null = null;
  #alarmRuns = false;
  #alarmFailures = 0;

  constructor(name: string, wire: Wire, settings: ObjectSettings<Obj>, database: SqliteStorage) {
    this.name = name;
    this.#wire = wire;
    this.#settings = settings;
    this.database = database;
  }

  /** The object goes away with all that it held in memory. */
  evict(): void {
    this.#awake?.process.die();
  }

  /** It starts again from what was stored then. Its alarm was set at that time, or rings without anything to do. */
  restore(backup: Backup): void {
    this.evict();
    this.database.restore(backup);
    this.#alarmEvent ??= this.#wire.timeline.after(0, null, () => this.#ring());
  }

  get isAwake(): boolean {
    return this.#awake !== null;
  }

  call(method: string, parameters: unknown[]): Promise<unknown> {
    const { timeline, weather } = this.#wire;
    const caller = timeline.process;
    if (!caller) throw new Error(`${this.name} was called outside any process`);
    const dependency = this.#settings.dependency(this.name);
    const fate = weather.fate(dependency);
    const [there, back] = [weather.latencyMillis(dependency), weather.latencyMillis(dependency)];
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => timeline.after(back, caller, settle);
      const fail = () => answer(() => reject(new CallFailed(`${dependency}: ${fate}`)));
      caller.emit(() => {
        if (fate === "silence") return;
        if (fate === "lost-request") return void fail();
        if (fate === "failed-then-late") fail();
        const isLate = fate === "late" || fate === "failed-then-late";
        const millis = isLate ? weather.lateMillis() : there;
        timeline.after(millis, null, () => {
          this.#invoke(
            (instance) => (instance as unknown as Methods)[method]?.(...parameters),
            (value) => (fate === "answered" ? answer(() => resolve(value)) : fail()),
            (cause) => answer(() => reject(cause)),
          );
        });
      });
    });
  }

  /** Runs on the object, waking it first. Exactly one of the two is called, unless the caller is gone. */
  #invoke(
    work: (instance: Obj) => unknown,
    answered: (value: unknown) => void,
    failed: (cause: Error) => void,
  ): void {
    let told = false;
    const once = (tell: () => void) => {
      if (told) return;
      told = true;
      tell();
    };
    let awake: { readonly process: ObjectProcess; readonly instance: Obj };
    try {
      awake = this.#wake();
    } catch (cause) {
      failed(errorOf(cause));
      return;
    }
    const { process, instance } = awake;
    process.whenDead(() => once(() => failed(new CallFailed(`${this.name} was reset`))));
    const run = async () => work(instance);
    // What leaves an object waits until what it wrote is durable.
    run().then(
      (value) => process.emit(() => once(() => answered(value))),
      (cause: unknown) => process.emit(() => once(() => failed(errorOf(cause)))),
    );
  }

  /** In an event of the world: enters the object's process. */
  #wake(): { readonly process: ObjectProcess; readonly instance: Obj } {
    const wire = this.#wire;
    const settings = this.#settings;
    const known = this.#awake;
    if (known) {
      wire.timeline.enter(known.process);
      return known;
    }
    const { clock, version } = settings.machine();
    const process = new ObjectProcess(this.name, clock, version, this.database, wire.weather);
    process.whenDead(() => {
      if (this.#awake?.process === process) this.#awake = null;
    });
    wire.timeline.enter(process);
    const awake = { process, instance: settings.make(this.#host(process), version) };
    this.#awake = awake;
    return awake;
  }

  #host(process: Process): Host {
    const { database } = this;
    const wire = this.#wire;
    const settings = this.#settings;
    const { timeline } = wire;
    const stored = () => {
      if (process.alive) return database;
      throw new Error(`${this.name} is gone`);
    };
    return {
      name: this.name,
      storage: {
        sql: {
          exec: (query, ...bindings) => stored().sql.exec(query, ...bindings),
          get databaseSize() {
            return database.sql.databaseSize;
          },
        },
        transactionSync: (change) => stored().transactionSync(change),
        setAlarm: async (at) => process.emit(() => this.#setAlarm(at, process)),
      },
      timers: globalThis,
      log: settings.log,
      now: () => process.read(timeline.now),
      random: () => settings.random.fraction(),
      randomBytes: (length) => settings.random.bytes(length),
      background: (work) => void work.catch(() => undefined),
      abort: () => process.die(),
    };
  }

  #setAlarm(at: number, process: Process): void {
    const { timeline, weather } = this.#wire;
    if (this.#alarmEvent) this.#alarmEvent.cancelled = true;
    this.#alarmEvent = null;
    const late = weather.strikes("alarmLate")
      ? Math.min(this.#settings.random.exponential(60_000), alarmLateMillisMax)
      : 0;
    // The platform waits by the clock of the machine on which the alarm was set.
    const millis = Math.max(0, at - process.clock.read(timeline.now)) + late;
    this.#alarmEvent = timeline.after(millis, null, () => this.#ring());
  }

  #ring(): void {
    const wire = this.#wire;
    const settings = this.#settings;
    this.#alarmEvent = null;
    const outage = wire.weather.outage(settings.dependency(this.name));
    if (outage || this.#alarmRuns) {
      const millis = outage ? outage.until - wire.timeline.now : 500;
      this.#alarmEvent = wire.timeline.after(millis, null, () => this.#ring());
      return;
    }
    this.#alarmRuns = true;
    this.#invoke(
      (instance) => instance.alarm?.(),
      () => {
        this.#alarmRuns = false;
        this.#alarmFailures = 0;
        if (wire.weather.strikes("alarmTwice")) {
          wire.timeline.after(settings.random.exponential(1000), null, () => this.#ringOnceMore());
        }
      },
      (cause) => this.#ringAgain(cause),
    );
  }

  /** Without anything to do: what it was set for has been done. */
  #ringOnceMore(): void {
    const next = this.#alarmEvent;
    this.#ring();
    this.#alarmEvent ??= next;
  }

  #ringAgain(cause: Error): void {
    const { timeline, weather } = this.#wire;
    this.#alarmRuns = false;
    // A reset is the platform's own doing and is not counted.
    if (!(cause instanceof CallFailed)) this.#alarmFailures += 1;
    if (this.#alarmFailures > alarmRetriesMax) {
      weather.count("alarm-given-up");
      this.#alarmFailures = 0;
      return;
    }
    if (this.#alarmEvent) return;
    this.#alarmEvent = timeline.after(2000 * 2 ** this.#alarmFailures, null, () => this.#ring());
  }
}

const errorOf = (cause: unknown): Error =>
  cause instanceof Error ? cause : new Error(String(cause));
