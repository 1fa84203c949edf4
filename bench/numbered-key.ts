import { apiKeySecretBytes, mintApiKey, type ApiKey } from "../core/identity/api-key.ts";

/** The same key for the same number, wherever it is asked for. */
export function numberedKey(number: number): ApiKey {
  const bytes = new Uint8Array(apiKeySecretBytes);
  new DataView(bytes.buffer).setUint32(0, number);
  return mintApiKey(bytes);
}
