import { limits } from "../../../core/limits.ts";
import { noticesDue, type Cap, type CapName } from "../../../core/ledger/caps.ts";
import { monthOf } from "../../../core/ledger/usage.ts";
import type { Host } from "../../ports.ts";

/** A cap of which 80 or 100 per cent was reached. */
export interface Notice {
  readonly month: string;
  readonly name: CapName;
  readonly share: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The `notices` table: each is made once a month. In memory too, because every job asks. */
export class Notices {
  readonly #host: Pick<Host, "storage" | "log" | "name">;
  readonly #made: Set<string>;

  constructor(host: Pick<Host, "storage" | "log" | "name">) {
    this.#host = host;
    this.#made = new Set(this.all().map(keyOf));
  }

  /** Makes those that are due by what is used now. */
  check(caps: readonly Cap[], now: number): void {
    const month = monthOf(now);
    for (const { name, share } of noticesDue(caps)) {
      const notice = { month, name, share, at: now };
      if (this.#made.has(keyOf(notice))) continue;
      this.#made.add(keyOf(notice));
      this.#host.storage.sql.exec(
        `INSERT OR IGNORE INTO notices (month, name, share, at) VALUES (?, ?, ?, ?)`,
        month,
        name,
        share,
        now,
      );
      this.#host.log.info({ event: "cap-reached", ledger: this.#host.name, name, share });
    }
  }

  /** Newest first. */
  all(): Notice[] {
    return this.#host.storage.sql
      .exec<{ month: string; name: CapName; share: number; at: number }>(
        `SELECT * FROM notices ORDER BY at DESC, share DESC LIMIT ?+0`,
        limits.noticesMax,
      )
      .toArray();
  }
}

const keyOf = ({ month, name, share }: Pick<Notice, "month" | "name" | "share">) =>
  `${month} ${name} ${share}`;
