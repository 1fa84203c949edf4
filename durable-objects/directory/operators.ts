import { apiKeySecretBytes, hashApiKey, mintOperatorToken } from "../../core/identity/api-key.ts";
import { operatorId } from "../../core/identity/ids.ts";
import type { CreatedOperator, CreateOperator, Operator } from "../../core/identity/operator.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Host, Sql } from "../ports.ts";
import { operatorOf, type OperatorRow } from "./directory-rows.ts";
import type { By, Trail } from "./trail.ts";

/** The operators. Read for every management request: there are few, and the answer must be current. */
export class Operators {
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #trail: Trail;
  readonly #ulid: (at: number) => string;

  constructor(host: Host, trail: Trail, ulid: (at: number) => string) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#trail = trail;
    this.#ulid = ulid;
  }

  /** `conflict`: an active operator has the address, or there are as many operators as there may be. */
  create(request: CreateOperator, by: By): Result<CreatedOperator, "conflict"> {
    const email = request.email?.toLowerCase() ?? null;
    if (email !== null && this.byEmail(email)) return err("conflict");
    if (this.inForce().length >= limits.operatorsMax) return err("conflict");
    const token = mintOperatorToken(this.#host.randomBytes(apiKeySecretBytes));
    const at = this.#host.now();
    const { name, role } = request;
    const id = operatorId(this.#ulid(at));
    const after = { name, role, email };
    const change = { action: "operator.create", subject: id, tenant: null, before: null, after };
    this.#trail.change(by, change, () =>
      this.#sql.exec(
        `INSERT INTO operators (id, hash, name, role, email, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
        id,
        hashApiKey(token),
        name,
        role,
        email,
        at,
      ),
    );
    return ok({ id, name, role, email, createdAt: at, revokedAt: null, token });
  }

  /** `last-owner`: without an owner no other could be made. */
  revoke(id: string, by: By): Result<Operator, "not-found" | "last-owner"> {
    const [row] = this.#rows(`SELECT * FROM operators WHERE id = ?`, id);
    if (!row) return err("not-found");
    if (row.revoked_at !== null) return ok(operatorOf(row));
    const owners = this.inForce().filter(({ role }) => role === "owner");
    if (row.role === "owner" && owners.length === 1) return err("last-owner");
    const at = this.#host.now();
    const change = {
      action: "operator.revoke",
      subject: id,
      tenant: null,
      before: { revokedAt: null },
      after: { revokedAt: at },
    };
    this.#trail.change(by, change, () =>
      this.#sql.exec(`UPDATE operators SET revoked_at = ? WHERE id = ?`, at, id),
    );
    return ok({ ...operatorOf(row), revokedAt: at });
  }

  byToken(hash: string): Operator | null {
    return this.#inForceWhere(`hash = ?`, hash);
  }

  byEmail(email: string): Operator | null {
    return this.#inForceWhere(`email = ?`, email.toLowerCase());
  }

  inForce(): Operator[] {
    return this.#rows(`SELECT * FROM operators WHERE revoked_at IS NULL ORDER BY id`).map(
      operatorOf,
    );
  }

  /** Whether there has ever been one: the first owner is made once. */
  isEmpty(): boolean {
    return this.#rows(`SELECT * FROM operators LIMIT 1`).length === 0;
  }

  #inForceWhere(condition: string, value: string): Operator | null {
    const [row] = this.#rows(
      `SELECT * FROM operators WHERE ${condition} AND revoked_at IS NULL`,
      value,
    );
    return row ? operatorOf(row) : null;
  }

  #rows(query: string, ...bindings: string[]): OperatorRow[] {
    return this.#sql.exec<OperatorRow>(query, ...bindings).toArray();
  }
}
