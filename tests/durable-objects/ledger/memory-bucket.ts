import type { PictureBucket, SegmentBucket } from "../../../durable-objects/ports.ts";

interface Stored {
  readonly bytes: Uint8Array;
  readonly customMetadata?: Record<string, string>;
}

/** A bucket in memory, whose next calls fail or hang when the test says so. */
export class MemoryBucket implements PictureBucket, SegmentBucket {
  readonly objects = new Map<string, Stored>();
  /** Runs before every call; what it throws, the call throws. */
  before: (call: string, key: string) => void | Promise<void> = () => undefined;
  /** A page may have fewer keys than were asked for, although there are more. */
  listMax = Infinity;

  async put(
    key: string,
    bytes: Uint8Array | string,
    { onlyIf, customMetadata }: Partial<Parameters<SegmentBucket["put"]>[2]> = {},
  ): Promise<object | null> {
    await this.before("put", key);
    if (onlyIf && this.objects.has(key)) return null;
    const stored = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.objects.set(key, { bytes: stored, ...(customMetadata && { customMetadata }) });
    return {};
  }

  async head(key: string) {
    await this.before("head", key);
    return this.objects.get(key) ?? null;
  }

  async get(key: string) {
    await this.before("get", key);
    const stored = this.objects.get(key);
    return stored ? { arrayBuffer: async () => stored.bytes.slice().buffer } : null;
  }

  async list({ prefix, startAfter = "", limit }: Parameters<PictureBucket["list"]>[0]) {
    await this.before("list", prefix);
    const keys = this.keys().filter((key) => key.startsWith(prefix) && key > startAfter);
    const page = keys.slice(0, Math.min(limit, this.listMax));
    const objects = page.map((key) => ({ key, size: this.#sizeOf(key) }));
    return { objects, truncated: page.length < keys.length };
  }

  async delete(keys: string[]): Promise<void> {
    await this.before("delete", keys[0] ?? "");
    for (const key of keys) this.objects.delete(key);
  }

  #sizeOf(key: string): number {
    return this.objects.get(key)?.bytes.length ?? 0;
  }

  /** In order, as a list of the bucket would give them. */
  keys(): string[] {
    return [...this.objects.keys()].toSorted();
  }

  text(key: string): string | null {
    const stored = this.objects.get(key);
    return stored ? new TextDecoder().decode(stored.bytes) : null;
  }
}
