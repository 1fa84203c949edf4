import { purgeMarkKey } from "../../../../core/delivery/remote/fetched-keys.ts";
import { tagsKey, tagsMetadata } from "../../../../core/delivery/tags/image-tags.ts";

interface Held {
  readonly customMetadata?: Record<string, string>;
  readonly text: string;
  readonly uploaded: Date;
}

/** R2 as far as a purge of one tenant goes. */
export class PurgedPictures {
  readonly held = new Map<string, Held>();
  /** Keys to a page. */
  page = 1000;
  listings = 0;
  onDelete = (): void => {};
  /** R2's own clock. */
  now = (): number => Date.now();
  readonly #tenant: string;

  constructor(tenant: string) {
    this.#tenant = tenant;
  }

  /** What R2 holds already, as a test sets it; what is put without a time is put now. */
  put(key: string, text = "", uploaded = new Date(this.now() - 1000)) {
    const isPutNow = key.startsWith(purgeMarkKey(this.#tenant));
    const held = { text, uploaded: isPutNow ? new Date(this.now()) : uploaded };
    this.held.set(key, held);
    return held;
  }

  tag(sourceHash: string, ...tags: string[]): void {
    const customMetadata = tagsMetadata(tags);
    const key = tagsKey(this.#tenant, sourceHash);
    this.held.set(key, { text: "", uploaded: new Date(), customMetadata });
  }

  /** Without what a purge itself leaves. */
  left(): string[] {
    return [...this.held.keys()].filter((key) => !key.startsWith(purgeMarkKey(this.#tenant)));
  }

  async get(key: string) {
    const held = this.held.get(key);
    return held ? { text: async () => held.text } : null;
  }

  async delete(keys: string | string[]): Promise<void> {
    for (const key of [keys].flat()) this.held.delete(key);
    this.onDelete();
  }

  async list({ prefix, startAfter = "", include = [] }: R2ListOptions & { prefix: string }) {
    if (++this.listings > 500) throw new Error("It does not end.");
    const keys = [...this.held.keys()]
      .filter((key) => key.startsWith(prefix) && key > startAfter)
      .toSorted();
    const objects = keys.slice(0, this.page).map((key) => {
      const { customMetadata, ...held } = this.held.get(key) ?? {};
      // Not in the answer but where it was asked for.
      return { key, size: 1, ...held, ...(include.length > 0 && { customMetadata }) };
    });
    return { objects, truncated: keys.length > this.page };
  }
}
