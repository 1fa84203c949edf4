/**
 * What the service signs when a job has ended: what it costs and where its ledger has recorded it. The API Worker
 * signs, with a key of its own: neither the ledger, which keeps the records, nor the witness, which signs their
 * chain. So a record that is changed later is contradicted by its receipt. A JWS (RFC 7515, compact), which common
 * libraries check with the keys of `/.well-known/jwks.json`.
 */
import { signatureFault, type PublicKeys, type SignatureFault } from "./signature.ts";

export interface Receipt {
  readonly v: 1;
  readonly job: string;
  /** `<tenant>/<region>/<shard>` */
  readonly ledger: string;
  /** The number of its record in the ledger. */
  readonly sequence: number;
  /** The segment that holds the record; null: it is in none yet. */
  readonly segment: number | null;
  /** ISO 8601. */
  readonly settledAt: string;
  readonly outcome: "done" | "failed";
  /** Renditions that are billed. */
  readonly outputs: number;
  readonly computeUnits: number;
  readonly priceList: string;
  readonly currency: string;
  /** At the list's first prices, in billionths of the currency. A statement adds units up first and rounds once. */
  readonly priceNanos: number;
}

/** What signs receipts. */
export interface ReceiptSigner {
  /** The `kid` of the key. */
  readonly kid: string;
  sign(text: string): Promise<{ readonly signature: string }>;
}

export async function signReceipt(signer: ReceiptSigner, receipt: Receipt): Promise<string> {
  const header = { alg: "EdDSA", typ: "minilab-receipt+jws", kid: signer.kid };
  const text = `${encoded(header)}.${encoded(receipt)}`;
  const { signature } = await signer.sign(text);
  return `${text}.${signature}`;
}

export type ReceiptFault = "unreadable" | SignatureFault;

/** The receipt that was signed, or why it is not valid. */
export async function openReceipt(
  keys: PublicKeys,
  jws: string,
): Promise<{ readonly receipt: Receipt } | { readonly fault: ReceiptFault }> {
  const [header = "", payload = "", signature = "", ...more] = jws.trim().split(".");
  const { alg, kid } = decoded<{ alg: string; kid: string }>(header) ?? {};
  const receipt = decoded<Receipt>(payload);
  if (more.length > 0 || alg !== "EdDSA" || typeof kid !== "string" || !isReceipt(receipt)) {
    return { fault: "unreadable" };
  }
  const own = { keys: keys.keys.filter(({ purpose }) => purpose === "receipts") };
  const at = Date.parse(receipt.settledAt);
  const fault = await signatureFault(own, `${header}.${payload}`, { key: kid, signature }, at);
  return fault === null ? { receipt } : { fault };
}

/** What a record must have in common with its receipt. */
export type RecordedJob = Pick<Receipt, "job" | "outcome" | "outputs" | "computeUnits">;

export const contradicts = (receipt: RecordedJob, record: RecordedJob): boolean =>
  receipt.job !== record.job ||
  receipt.outcome !== record.outcome ||
  receipt.outputs !== record.outputs ||
  receipt.computeUnits !== record.computeUnits;

function isReceipt(value: Partial<Receipt> | null): value is Receipt {
  const { v, job, ledger, sequence, segment, settledAt, outcome, outputs, computeUnits } =
    value ?? {};
  return (
    v === 1 &&
    [job, ledger, outcome].every((text) => typeof text === "string") &&
    [sequence, segment ?? 0, outputs, computeUnits].every(Number.isSafeInteger) &&
    Number.isFinite(Date.parse(settledAt ?? ""))
  );
}

function encoded(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded<Value>(text: string): Partial<Value> | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Partial<Value> | null;
  } catch {
    return null;
  }
}
