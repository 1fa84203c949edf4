import { parseStanding, standingKey, type KeyStanding } from "../../../core/identity/standing.ts";
import type { CreateKey } from "../../../core/identity/key.ts";
import type { CreateTenant, Tenant, TenantTerms } from "../../../core/identity/tenant.ts";
import { directoryMigrations } from "../../../durable-objects/directory/directory-schema.ts";
import { Registry } from "../../../durable-objects/directory/registry.ts";
import { migrate } from "../../../durable-objects/migrate.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { oneRegion } from "../../one-region.ts";

/** Who asks for what a test does not ask for by itself. */
export const by = { actor: "opr_1", from: "192.0.2.7" };

/** A directory on SQLite in memory, with a clock that stands still and stores that fail when told to. */
export class DirectoryWorld {
  now = Date.UTC(2029, 0, 1);
  ledgersDown = false;
  booksDown = false;
  kvDown = false;
  /** Puts land once `land` is called: they fail, are answered then, or are not answered at all. */
  kvLandsLater: "and fails" | "when it lands" | "unanswered" | false = false;
  /** What happens while a ledger is told to refuse a key. */
  revoking: (ledger: string) => Promise<unknown> | void = () => undefined;
  /** What was logged, by the name of the event. */
  readonly logged: string[] = [];
  /** Each key that a ledger was told to refuse. */
  readonly refusedKeys: string[] = [];
  /** … and by which ledger. */
  readonly refusedBy: string[] = [];
  readonly kv = new Map<string, string>();
  readonly books = new Map<string, string>();
  registry: Registry;
  readonly #storage: SqliteStorage;
  readonly #terms = new Map<string, TenantTerms>();
  #bytes = 0;
  randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++this.#bytes);
  #late: (() => void)[] = [];

  constructor(storage = new SqliteStorage()) {
    this.#storage = storage;
    this.registry = this.#wake();
  }

  /** The object leaves memory with all that it had there, and wakes over what is stored. */
  evict(): void {
    this.registry = this.#wake();
  }

  /** Puts that have not landed. */
  get onTheWay(): number {
    return this.#late.length;
  }

  /** All of them land now. */
  land(): void {
    for (const put of this.#late) put();
    this.#late = [];
  }

  #wake(): Registry {
    const storage = this.#storage;
    const log = ({ event }: { event: string }) => void this.logged.push(event);
    const host = {
      name: "directory",
      storage,
      timers: globalThis,
      log: { info: log, warn: log, error: log },
      now: () => this.now,
      random: () => 0.5,
      randomBytes: (length: number) => this.randomBytes(length),
      background() {},
      abort() {},
    };
    return new Registry(host, {
      FLEET: oneRegion(),
      IDENTITY: {
        get: async (key) => this.kv.get(key) ?? null,
        put: async (key, value) => {
          const landed = Promise.withResolvers<void>();
          if (this.kvLandsLater)
            this.#late.push(() => {
              this.kv.set(key, value);
              landed.resolve();
            });
          if (this.kvLandsLater === "when it lands") return landed.promise;
          if (this.kvLandsLater === "unanswered") await new Promise(() => undefined);
          if (this.kvDown || this.kvLandsLater) throw new Error("KV is down");
          this.kv.set(key, value);
        },
      },
      LEDGER: {
        getByName: (name) => ({
          revokeKey: async (key) => {
            this.#expectLedgers();
            await this.revoking(name);
            this.refusedKeys.push(key);
            this.refusedBy.push(name);
          },
          setTerms: async (terms) => {
            this.#expectLedgers();
            this.#terms.set(name, terms);
          },
        }),
      },
      BOOKS: {
        put: async (key, bytes) => {
          if (this.booksDown) throw new Error("R2 is down");
          if (this.books.has(key)) return null;
          this.books.set(key, new TextDecoder().decode(bytes));
          return {};
        },
        head: async () => null,
      },
    });
  }

  /** One with a tenant and a key that the first version of the tables holds. */
  static before(): DirectoryWorld {
    const storage = new SqliteStorage();
    migrate(storage, directoryMigrations.slice(0, 1));
    const limits = { requestsPerSecond: 3, burst: 6, jobsPerMonth: null, jobsInFlight: 5 };
    storage.sql.exec(
      `INSERT INTO tenants (id, name, limits, created_at) VALUES ('tnt_old', 'Old', ?, 1)`,
      JSON.stringify({ ...limits, computeUnitsPerMonth: null }),
    );
    storage.sql.exec(
      `INSERT INTO keys (hash, id, tenant, hint, created_at) VALUES (?, 'key_old', 'tnt_old', '…', 1)`,
      "0".repeat(64),
    );
    return new DirectoryWorld(storage);
  }

  /** Lets the alarm ring once, if it is set. */
  async ring(): Promise<void> {
    this.now = Math.max(this.now, this.#storage.alarmAt ?? this.now);
    this.#storage.alarmAt = null;
    await this.registry.alarm();
  }

  /** When the alarm is to ring; null: it is not set. */
  get alarmAt(): number | null {
    return this.#storage.alarmAt;
  }

  /** Lets the alarm ring until nothing is left to tell. */
  async ringUntilQuiet(): Promise<void> {
    for (let rings = 0; this.#storage.alarmAt !== null; rings++) {
      if (rings > 100) throw new Error("the directory never comes to rest");
      await this.ring();
    }
  }

  newTenant(request: CreateTenant = { name: "Acme" }): Promise<Tenant> {
    return this.registry.createTenant(request, by);
  }

  async newKey(tenant: string, request: CreateKey = {}, repeat: string | null = null) {
    const created = await this.registry.createKey(tenant, request, repeat, by);
    if (!created.ok) throw new Error(created.error);
    return created.value;
  }

  termsOf(tenant: string, shard = 0): TenantTerms | undefined {
    return this.#terms.get(`${tenant}/local/${shard}`);
  }

  inKv(hash: string): KeyStanding | null {
    return parseStanding(this.kv.get(standingKey(hash)) ?? "");
  }

  #expectLedgers(): void {
    if (this.ledgersDown) throw new Error("the ledgers are down");
  }
}
