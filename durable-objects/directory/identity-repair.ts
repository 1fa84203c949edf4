import { inTime } from "../../core/deadline.ts";
import { parseStanding, serializeStanding, standingKey } from "../../core/identity/standing.ts";
import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { Entries, Published } from "./delivery/entry-publication.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import { selectKeysWithTenants, standingOf, type KeyWithTenant } from "./directory-rows.ts";

/** Entries of one kind, as far as they are compared. */
type Compared = Pick<Entries, "kind" | "published" | "canonical"> & {
  readonly reopen: (row: Published) => void;
};

/**
 * Compares KV with the Directory, a page of keys, profiles and hosts at a time, and has every entry that differs published
 * again. It finds what no single write can: an entry that was lost, or one that a late write put back.
 */
export class IdentityRepair {
  readonly #host: Host;
  readonly #env: DirectoryEnv;
  /** In the order in which they are gone through. */
  readonly #kinds: readonly Compared[];

  constructor(host: Host, env: DirectoryEnv, entries: readonly Entries[]) {
    this.#host = host;
    this.#env = env;
    const reopening = (each: Entries): Compared => ({
      kind: each.kind,
      published: (after, limit) => each.published(after, limit),
      canonical: (text) => each.canonical(text),
      reopen: ({ id }) => each.markPublished(id, 0),
    });
    this.#kinds = [this.#keys(), ...entries.map(reopening)];
  }

  /** `cursor` null at the end. Throws when KV does not answer. */
  async page(cursor: string | null): Promise<{
    readonly checked: number;
    readonly differing: number;
    readonly cursor: string | null;
  }> {
    let [checked, differing] = [0, 0];
    const { from, at } = this.#placeOf(cursor);
    let after = at;
    for (const kind of this.#kinds.slice(from)) {
      const room = limits.repairPageMax - checked;
      const rows = kind.published(after, room);
      const found = await Promise.all(rows.map((row) => this.#differs(kind, row)));
      checked += rows.length;
      differing += found.filter(Boolean).length;
      // There may be more of this kind, or of the next one.
      const last = rows.at(-1)?.at ?? after;
      if (rows.length === room) return { checked, differing, cursor: cursorOf(kind, last) };
      after = "";
    }
    return { checked, differing, cursor: null };
  }

  /** The kind that a cursor is of, and where it goes on. Of a key it is the hash alone. */
  #placeOf(cursor: string | null): { readonly from: number; readonly at: string } {
    const [name, ...at] = (cursor ?? "").split("_");
    const from = this.#kinds.findIndex(({ kind }) => kind === name);
    return from < 0 ? { from: 0, at: cursor ?? "" } : { from, at: at.join("_") };
  }

  async #differs({ kind, canonical, reopen }: Compared, row: Published): Promise<boolean> {
    const [key, value] = row.entry;
    const read = this.#env.IDENTITY.get(key);
    const text = await inTime(this.#host.timers, limits.publishMillisMax, read);
    const stored = text === null ? null : canonical(text);
    if (stored === canonical(value)) return false;
    this.#host.log.warn({ event: "identity-differs", [kind]: row.id });
    reopen(row);
    return true;
  }

  #keys(): Compared {
    const { sql } = this.#host.storage;
    const rows = (after: string, limit: number) =>
      sql
        .exec<KeyWithTenant>(
          `${selectKeysWithTenants} WHERE published = 1 AND keys.hash > ? ORDER BY keys.hash LIMIT ?+0`,
          after,
          limit,
        )
        .toArray();
    return {
      kind: keyKind,
      published: (after, limit) =>
        rows(after, limit).map((row) => ({
          id: row.id,
          at: row.hash,
          entry: [standingKey(row.hash), serializeStanding(standingOf(row))],
        })),
      canonical(text) {
        const read = parseStanding(text);
        return read && serializeStanding(read);
      },
      // If it has changed meanwhile, it is published again in any case.
      reopen: ({ at: hash }) => void sql.exec(`UPDATE keys SET published = 0 WHERE hash = ?`, hash),
    };
  }
}

const keyKind = "key";

const cursorOf = ({ kind }: Compared, at: string) => (kind === keyKind ? at : `${kind}_${at}`);
