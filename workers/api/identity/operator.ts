import { hashApiKey, parseOperatorToken } from "../../../core/identity/api-key.ts";
import { bearerToken } from "../../../core/identity/bearer.ts";
import type { Operator, Role } from "../../../core/identity/operator.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { CallRates } from "../admission/call-rates.ts";
import { callObject, directoryOf } from "../call-object.ts";
import type { ApiEnv } from "../env.ts";
import { away } from "../http/responses.ts";
import { AccessTokens } from "./access-token.ts";

/**
 * Which operator a management request comes from: by Cloudflare Access where it stands in front, else by
 * the operator's own token. The Directory is asked every time: this plane is rare and has to be right. Strangers can make
 * tokens up, so for those that it has not known before an isolate asks it no more often than the smallest plan may read.
 */
export async function identifyOperator(
  headers: Headers,
  env: ApiEnv,
  now: number,
): Promise<Result<Operator, Problem>> {
  const claim = await claimOf(headers, env, now);
  if (claim === null) return err(nobody);
  const name = JSON.stringify(claim);
  if (!known.has(name) && !asked.take(strangers, "reads", now).ok) return err(away);
  const operator = await callObject(async () => directoryOf(env).identifyOperator(claim));
  known.delete(name);
  if (!operator) return err(nobody);
  if (known.size >= limits.operatorsMax) known.clear();
  known.add(name);
  return ok(operator);
}

/** Whether the operator may do what these roles may. */
export function expectRole({ role }: Operator, roles: readonly Role[]): Result<true, Problem> {
  if (roles.includes(role)) return ok(true);
  return err(
    problem("role-missing", `This needs the role ${roles.join(" or ")}; yours is ${role}.`),
  );
}

async function claimOf(headers: Headers, env: ApiEnv, now: number) {
  const assertion = headers.get("Cf-Access-Jwt-Assertion");
  const { ACCESS_TEAM: team, ACCESS_AUDIENCE: audience } = env;
  if (assertion !== null && team !== undefined && audience !== undefined) {
    const email = await accessTokens.email(assertion, { team, audience }, now);
    return email === null ? null : { email };
  }
  const token = parseOperatorToken(bearerToken(headers.get("Authorization")) ?? "");
  return token.ok ? { tokenHash: hashApiKey(token.value) } : null;
}

/** Shared by all requests of an isolate. */
const accessTokens = new AccessTokens();
const asked = new CallRates();
const strangers = { tenant: "", limits: plans.free };
const known = new Set<string>();

const nobody = problem(
  "admin-only",
  "Send an operator's token: `Authorization: Bearer ml_oper_…`. The first owner is created with the deployment's ADMIN_TOKEN.",
);
