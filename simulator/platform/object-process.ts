import type { SqliteStorage } from "../sqlite-storage.ts";
import { Process, type Clock } from "../time/process.ts";
import type { Weather } from "./weather.ts";

/** An object's process: its platform holds back what it sends until what it wrote is durable. */
export class ObjectProcess extends Process {
  readonly #database: SqliteStorage;
  readonly #weather: Weather;
  #outbox: (() => void)[] = [];
  #turn: "none" | "safe" | "undone" | "evicted" = "none";

  constructor(
    name: string,
    clock: Clock,
    version: number,
    database: SqliteStorage,
    weather: Weather,
  ) {
    super(name, clock, version);
    this.#database = database;
    this.#weather = weather;
  }

  override beginTurn(): void {
    this.#turn = "safe";
    if (this.#weather.strikes("crash")) {
      this.#turn = "undone";
      this.#database.mark();
    } else if (this.#weather.strikes("eviction")) {
      this.#turn = "evicted";
    }
  }

  override endTurn(): void {
    const turn = this.#turn;
    this.#turn = "none";
    const outbox = this.#outbox;
    this.#outbox = [];
    if (turn === "undone") this.#database.undo();
    if (turn !== "undone" && this.alive) for (const start of outbox) start();
    if (turn !== "safe") this.die();
  }

  override emit(start: () => void): void {
    if (!this.alive) return;
    if (this.#turn === "none") start();
    else this.#outbox.push(start);
  }
}
