import type { Breach } from "../../core/billing/audit-report.ts";
import { Registry } from "../../durable-objects/directory/registry.ts";
import type { By } from "../../durable-objects/directory/trail.ts";
import type { AcceptRequest } from "../../durable-objects/ledger/ledger-calls.ts";
import { Ledger } from "../../durable-objects/ledger/ledger.ts";

/** A ledger with those of the platform object's calls (`tenant-ledger.ts`) that go to a part of it. */
export class LedgerObject extends Ledger {
  balance() {
    return this.figures.balance();
  }
}

/** A version from before a job could be claimed with its acceptance: its consumer asks for it. */
export class EarlierLedgerObject extends LedgerObject {
  override accept({ claim: _claim, ...request }: AcceptRequest) {
    return super.accept(request);
  }
}

/** The same for the Directory. */
export class DirectoryObject extends Registry {
  async enterBreaches(tenant: string, breaches: readonly Breach[]): Promise<void> {
    await this.trail.enterBreaches(tenant, breaches);
  }

  creditNotesOf(tenant: string) {
    return this.creditNotes.ofTenant(tenant);
  }

  setHost(tenant: string, name: string, by: By) {
    return this.delivery.hosts.set(tenant, name, by);
  }

  removeHost(tenant: string, name: string, by: By) {
    return this.delivery.hosts.remove(tenant, name, by);
  }
}
