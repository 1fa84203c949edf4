import { SqliteStorage } from "../sqlite-storage.ts";
import { ObjectRecord, type ObjectSettings, type SimulatedObject } from "./object-record.ts";
import type { Wire } from "./wire.ts";

/** A class of Durable Objects: each name is one object, awake on one process at most. */
export class ObjectNamespace<Obj extends SimulatedObject> {
  readonly #wire: Wire;
  readonly #settings: ObjectSettings<Obj>;
  readonly #records = new Map<string, ObjectRecord<Obj>>();

  constructor(wire: Wire, settings: ObjectSettings<Obj>) {
    this.#wire = wire;
    this.#settings = settings;
  }

  /** Every object that was ever called. */
  get records(): IterableIterator<ObjectRecord<Obj>> {
    return this.#records.values();
  }

  /** The world is over: its databases serve the next. */
  end(): void {
    for (const { database, isReusable } of this.#records.values()) {
      if (!isReusable) continue;
      database.clear();
      spareDatabases(this.#settings.kind).push(database);
    }
    this.#records.clear();
  }

  record(name: string): ObjectRecord<Obj> {
    let record = this.#records.get(name);
    if (!record) {
      const database = spareDatabases(this.#settings.kind).pop() ?? new SqliteStorage();
      record = new ObjectRecord(name, this.#wire, this.#settings, database);
      this.#records.set(name, record);
    }
    return record;
  }

  /** What a binding gives: every method is a call over the wire. */
  getByName(name: string): Remote<Obj> {
    return new Proxy({} as Remote<Obj>, {
      get: (_, method) =>
        typeof method === "string" && method !== "then"
          ? (...parameters: unknown[]) => this.record(name).call(method, parameters)
          : undefined,
    });
  }
}

export type Remote<Obj> = {
  [Name in keyof Obj]: Obj[Name] extends (...parameters: infer Parameters) => infer Answer
    ? (...parameters: Parameters) => Promise<Awaited<Answer>>
    : never;
};

const spares = new Map<string, SqliteStorage[]>();

function spareDatabases(kind: string): SqliteStorage[] {
  const found = spares.get(kind) ?? [];
  spares.set(kind, found);
  return found;
}
