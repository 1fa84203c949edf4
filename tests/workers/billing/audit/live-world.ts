import { createHash } from "node:crypto";
import type { Breach } from "../../../../core/billing/audit-report.ts";
import { KeyRing } from "../../../../core/books/key-ring.ts";
import { outputKey } from "../../../../core/job/picture-key.ts";
import type { AuditPorts } from "../../../../workers/billing/audit/ports.ts";
import { BooksStore } from "../../../../workers/billing/books-store.ts";
import type { BooksBucket } from "../../../../workers/billing/json-store.ts";
import { WitnessStore } from "../../../../workers/billing/witness/witness-store.ts";
import { done, LedgerWorld } from "../../../durable-objects/ledger/ledger-world.ts";
import type { MemoryBucket } from "../../../durable-objects/ledger/memory-bucket.ts";
import { oneRegion } from "../../../one-region.ts";
import { witnessKeys } from "../witness-keys.ts";

/** A real ledger with its pictures and books, and the billing Worker's code over them. */
export class LiveWorld implements AuditPorts {
  readonly service: LedgerWorld;
  readonly tenant = "tnt_x";
  readonly fleet = oneRegion();
  readonly bucket: BooksBucket;
  readonly store: BooksStore;
  readonly witnessStore: WitnessStore;
  readonly witness = new KeyRing(JSON.stringify(witnessKeys));
  readonly entered: Breach[] = [];
  #keys: readonly string[] = [];

  constructor() {
    this.service = new LedgerWorld();
    this.service.settledRowsMax = 100_000;
    this.service.wake();
    this.bucket = booksIn(this.service.books);
    this.store = new BooksStore(this.bucket);
    this.witnessStore = new WitnessStore(this.bucket);
  }

  /** A job that is done, with its picture. */
  async finish(): Promise<string> {
    const { service, tenant } = this;
    service.pass(1000);
    const id = service.accept();
    service.finish(id, done);
    await service.pictures.put(outputKey(tenant, id, 1, 0), new Uint8Array(30));
    return id;
  }

  readonly now = () => this.service.now;
  readonly listTenantIds = async () => ({ ids: [this.tenant], cursor: null });
  readonly seal = () => this.service.ledger.seal();
  readonly putRows = async (key: string, text: string) =>
    void (await this.service.books.put(key, text));
  readonly listJobs = (_: string, cursor: string | null, limit: number) =>
    this.service.ledger.list(cursor, limit);
  readonly job = (_: string, id: string) => this.service.ledger.read(id);
  readonly balance = () => this.service.ledger.figures.balance();
  readonly counters = async (_: string, from: number, to: number) =>
    this.service.ledger.usage(from, to).hours;
  readonly creditNotes = async () => [];
  readonly enterBreaches = async (_: string, breaches: readonly Breach[]) =>
    void this.entered.push(...breaches);

  async listPictures({ prefix, startAfter, limit }: Parameters<AuditPorts["listPictures"]>[0]) {
    const { objects } = this.service.pictures;
    // Sorting ten thousand keys for every list would take most of a test's time.
    if (this.#keys.length !== objects.size) this.#keys = this.service.pictures.keys();
    const found = this.#keys.filter((key) => key > startAfter && key.startsWith(prefix));
    const sizeOf = (key: string) => objects.get(key)?.bytes.length ?? 0;
    const page = found.slice(0, limit).map((key) => ({ key, size: sizeOf(key) }));
    return { objects: page, truncated: found.length > limit };
  }
}

/** The bucket as the billing Worker knows it. */
function booksIn(bucket: MemoryBucket): BooksBucket {
  const { objects } = bucket;
  const etagOf = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
  return {
    async get(key) {
      const bytes = objects.get(key)?.bytes;
      if (!bytes) return null;
      return {
        etag: etagOf(bytes),
        size: bytes.length,
        body: { cancel: async () => undefined },
        arrayBuffer: async () => Uint8Array.from(bytes).buffer,
        json: async <Value>() => JSON.parse(new TextDecoder().decode(bytes)) as Value,
      };
    },
    async put(key, value, { onlyIf = {} }) {
      const bytes = objects.get(key)?.bytes;
      if ("etagDoesNotMatch" in onlyIf && bytes) return null;
      if ("etagMatches" in onlyIf && (!bytes || etagOf(bytes) !== onlyIf.etagMatches)) return null;
      return bucket.put(key, value);
    },
    async list({ prefix }) {
      const keys = bucket.keys().filter((key) => key.startsWith(prefix));
      return { objects: keys.map((key) => ({ key })), truncated: false };
    },
    delete: (keys) => bucket.delete(keys),
  };
}
