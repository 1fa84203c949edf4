import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { withNewKey } from "../books/witness-keys.ts";
import { refusePlaceholder } from "../../core/identity/admin-token.ts";

/**
 * The admin token from `.dev.vars`, where wrangler too finds the secrets of a local run. A missing
 * file is made with a random token, readable by its owner alone; an existing one is left as it is.
 * Throws, naming the variable, when the token is missing or a placeholder.
 */
export function localAdminToken(file: string): string {
  if (!existsSync(file)) writeSecrets(file);
  const token = refusePlaceholder(
    "ADMIN_TOKEN",
    parseEnv(readFileSync(file, "utf8"))["ADMIN_TOKEN"],
  );
  if (!token.ok)
    throw new Error(`${token.error} It stands in ${file}; delete that file to have one made.`);
  return token.value;
}

/** Adds the keys that receipts are signed with to `.dev.vars`, where they are not there yet. */
export function ensureReceiptKeys(file: string): void {
  if (/^RECEIPT_KEYS=/m.test(readFileSync(file, "utf8"))) return;
  const keys = JSON.stringify(withNewKey({ keys: [] }, Date.now()));
  appendFileSync(file, `RECEIPT_KEYS='${keys}'\n`);
}

function writeSecrets(file: string): void {
  const token = randomBytes(36).toString("base64url");
  const text = `# Secrets of the local run, made by the first start. Never commit this file.\nADMIN_TOKEN=${token}\n`;
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    // Another start made it in the same moment; its token is as good.
    if (!existsSync(file)) throw error;
  }
}
