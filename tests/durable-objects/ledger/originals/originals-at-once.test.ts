import { expect, test } from "vitest";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { MINUTE } from "../../../../core/magnitudes.ts";
import { Random } from "../../../../simulator/time/random.ts";
import { LedgerWorld } from "../ledger-world.ts";

const hashes = Array.from("abc", (digit) => digit.repeat(64));
const keyOf = (hash: string) => originalKey("tnt_x", originalId(hash));
const granted = limitsOf("custom", { storedImagesMax: 2 });

/** Uploads, deletions and recounts of the same few pictures, each step of which happens when the seed says so. */
class Crowd {
  readonly world = new LedgerWorld();
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
    const { pictures } = this.world;
    const list = pictures.list.bind(pictures);
    const remove = pictures.delete.bind(pictures);
    // A call's effect and its answer are two moments.
    pictures.list = async (asked) => {
      await this.#turn();
      const listed = await list(asked);
      await this.#turn();
      return listed;
    };
    pictures.delete = async (keys) => {
      await this.#turn();
      await remove(keys);
      await this.#turn();
    };
  }

  begin(): void {
    const hash = this.#pick(hashes);
    const dice = this.#random.fraction();
    if (dice < 0.5) void this.#upload(hash);
    else if (dice < 0.9) void this.world.ledger.originals.remove(hash);
    else void this.world.ledger.alarm();
  }

  /** One of those that wait takes its next step. */
  async step(): Promise<void> {
    const [go] = this.#waiting.splice(
      Math.floor(this.#random.fraction() * this.#waiting.length),
      1,
    );
    go?.();
    for (let task = 0; task < 10; task++) await Promise.resolve();
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  async settle(): Promise<void> {
    while (this.isBusy) await this.step();
    const ringing = this.world.ring(limits.orphanMillis + MINUTE);
    const later = () => new Promise<"busy">((resolve) => setImmediate(resolve, "busy"));
    while ((await Promise.race([ringing, later()])) === "busy") await this.step();
  }

  stored = () => hashes.filter((hash) => this.world.pictures.objects.has(keyOf(hash)));
  counted = () =>
    this.world.rows<{ hash: string }>("SELECT hash FROM originals").map(({ hash }) => hash);

  async #upload(hash: string): Promise<void> {
    const { originals } = this.world.ledger;
    const ask = { key: "key_1", limits: granted, limitsVersion: 1, hash, bytes: 1 };
    const answer = originals.reserve(ask);
    await this.#turn();
    if (!answer.ok || this.#random.fraction() < 0.02) return;
    await this.world.pictures.put(keyOf(hash), new Uint8Array(1));
    await this.#turn();
    if (this.#random.fraction() < 0.02) return;
    originals.settle(hash, answer.value.doubt);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random.fraction() * items.length)] as Item;
  }
}

test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
  "whatever happens at once, the count is never less than what is stored, and in the end the same (seed %i)",
  async (seed) => {
    const crowd = new Crowd(seed);
    for (let turn = 0; turn < 120; turn++) {
      if (turn % 2 === 0) crowd.begin();
      await crowd.step();
      expect(crowd.counted()).toEqual(expect.arrayContaining(crowd.stored()));
      expect(crowd.stored().length).toBeLessThanOrEqual(granted.storedImagesMax);
      if (turn % 40 === 39) crowd.world.pass(limits.alarmPauseMillis);
    }
    await crowd.settle();
    expect(crowd.counted()).toEqual(crowd.stored());
    expect(crowd.world.ledger.originals.used()).toEqual({
      images: crowd.stored().length,
      bytes: crowd.stored().length,
    });
  },
);
