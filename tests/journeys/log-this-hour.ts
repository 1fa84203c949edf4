import { hourName } from "../../core/books/transparency.ts";
import { hourMillis } from "../../core/ledger/usage.ts";
import { KeyRing } from "../../core/books/key-ring.ts";
import { logHour } from "../../workers/billing/witness/log-hour.ts";
import { WitnessStore } from "../../workers/billing/witness/witness-store.ts";
import { witnessKeys } from "../workers/billing/witness-keys.ts";
import type { Service } from "./service.ts";

/** Has the witness log this hour, as if it were over; gives its name. */
export async function logThisHour(service: Service): Promise<string> {
  const { BOOKS } = await service.objects.getEnv();
  const now = Date.now();
  await logHour({
    witnessStore: new WitnessStore(BOOKS),
    witness: new KeyRing(JSON.stringify(witnessKeys)),
    now: () => now + hourMillis,
  });
  return hourName(now);
}
