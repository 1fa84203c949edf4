import { receiptOf, type SignedReceipt } from "../../core/billing/receipt.ts";
import { KeyRing } from "../../core/books/key-ring.ts";
import { signReceipt, type Receipt } from "../../core/books/receipt.ts";
import type { Job } from "../../core/job/job.ts";
import { ledgerName, ledgerOfJob } from "../../core/job/ledger-address.ts";
import type { ApiEnv } from "./env.ts";

/** Null: the job has not ended, or its ledger does not say where it is recorded. */
export async function signedReceipt(
  env: Pick<ApiEnv, "FLEET" | "RECEIPT_KEYS">,
  tenant: string,
  job: Job,
): Promise<SignedReceipt | null> {
  const ledger = ledgerOfJob(tenant, env.FLEET, job.id);
  const receipt = ledger.ok ? receiptOf(ledgerName(ledger.value), job) : null;
  if (receipt === null) return null;
  const signer = receiptKeys(env);
  return { receipt, jws: signer && (await jwsOf(signer, receipt)) };
}

/** Null with a key that cannot sign, which is logged once: the job has ended anyway. */
async function jwsOf(signer: KeyRing, receipt: Receipt): Promise<string | null> {
  try {
    return await signReceipt(signer, receipt);
  } catch (cause) {
    if (!useless.has(signer)) console.error({ event: "misconfigured", cause: String(cause) });
    useless.add(signer);
    return null;
  }
}

/** Keys whose fault has been logged. */
const useless = new WeakSet<KeyRing>();

/** The same for an answer with the picture; it has no header where there is nothing signed. */
export async function addReceipt(
  headers: Headers,
  env: Pick<ApiEnv, "FLEET" | "RECEIPT_KEYS">,
  tenant: string,
  job: Job,
): Promise<void> {
  const jws = (await signedReceipt(env, tenant, job))?.jws;
  if (jws) headers.set("Minilab-Receipt", jws);
}

/** Null without the secret, or with one that cannot be read, which is logged. */
export function receiptKeys({ RECEIPT_KEYS }: Pick<ApiEnv, "RECEIPT_KEYS">): KeyRing | null {
  if (RECEIPT_KEYS === undefined) return null;
  if (known?.secret !== RECEIPT_KEYS) known = { secret: RECEIPT_KEYS, ring: ringOf(RECEIPT_KEYS) };
  return known.ring;
}

/** The keys are imported once an isolate. */
let known: { readonly secret: string; readonly ring: KeyRing | null } | null = null;

function ringOf(secret: string): KeyRing | null {
  try {
    return new KeyRing(secret, "RECEIPT_KEYS");
  } catch (cause) {
    console.error({ event: "misconfigured", cause: String(cause) });
    return null;
  }
}
