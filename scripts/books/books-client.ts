import { ServiceRefusal } from "../local/service-client.ts";

/** How often a refusal that passes by itself is waited for: an hour of them at the longest waits. */
const triesMax = 60;
const waitMillisMax = 60_000;

/** Reads a tenant's books from a service, patiently. */
export class BooksClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url.replace(/\/$/, "");
    this.#key = key;
  }

  /** The answer's bytes; null: it is not there. Busy answers and lost connections are tried again. */
  async get(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    for (let tries = 1; ; tries++) {
      const response = await this.#fetch(path, tries);
      if (response?.ok) {
        // A connection that is lost half-way is asked again, too.
        const bytes = await response.arrayBuffer().catch(() => null);
        if (bytes) return new Uint8Array(bytes);
        if (tries === triesMax) throw new Error(`${path} never came whole.`);
        continue;
      }
      if (response?.status === 404) return null;
      const passes = response === null || response.status === 429 || response.status >= 500;
      if (!passes || tries === triesMax) {
        throw new ServiceRefusal(response?.status ?? 0, (await response?.text()) ?? "no answer");
      }
      const seconds = Number(response?.headers.get("Retry-After") ?? 1);
      await new Promise((wake) => setTimeout(wake, Math.min(waitMillisMax, 1000 * seconds)));
    }
  }

  async #fetch(path: string, tries: number): Promise<Response | null> {
    try {
      const headers = { Authorization: `Bearer ${this.#key}` };
      return await fetch(`${this.#url}${path}`, { headers });
    } catch (cause) {
      // A service that was never there is a mistake in the address.
      if (tries === 3) throw new Error(`No service answers at ${this.#url}.`, { cause });
      return null;
    }
  }
}
