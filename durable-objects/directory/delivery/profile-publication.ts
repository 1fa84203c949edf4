import {
  profileKey,
  serializeProfile,
  type DeliveryProfile,
} from "../../../core/delivery/profile.ts";
import type { Host } from "../../ports.ts";
import type { Delivery } from "./delivery.ts";
import type { DirectoryEnv } from "../directory-env.ts";
import { eachOnce } from "../each-once.ts";
import { putInTime } from "../put-in-time.ts";

/** Repeats every tenant's newest profile in KV, where each location reads it. Publishing twice does no harm. */
export class ProfilePublication {
  readonly #host: Pick<Host, "timers" | "log">;
  readonly #delivery: Delivery;
  readonly #env: DirectoryEnv;
  /** Called when a profile must be published again after this run. */
  readonly #tellAgain: () => void;

  constructor(
    host: Pick<Host, "timers" | "log">,
    delivery: Delivery,
    env: DirectoryEnv,
    tellAgain: () => void,
  ) {
    this.#host = host;
    this.#delivery = delivery;
    this.#env = env;
    this.#tellAgain = tellAgain;
  }

  isDone(): boolean {
    return this.#delivery.nextUnpublished("") === undefined;
  }

  /** Tries each tenant once; true when all were published. Never throws for a failed call. */
  run(): Promise<boolean> {
    return eachOnce(
      (after) => this.#delivery.nextUnpublished(after),
      ({ id, profile }) => this.#publish(id, profile),
    );
  }

  async #publish(tenant: string, profile: DeliveryProfile): Promise<boolean> {
    const entry = [profileKey(tenant), serializeProfile(profile)] as const;
    const again = () => {
      this.#delivery.markPublished(tenant, 0);
      this.#tellAgain();
    };
    try {
      await putInTime(this.#env, this.#host, entry, again);
    } catch (cause) {
      this.#host.log.warn({ event: "profile-not-published", tenant, cause: String(cause) });
      return false;
    }
    this.#delivery.markPublished(tenant, profile.version);
    return true;
  }
}
