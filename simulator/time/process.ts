/** A process somewhere: an isolate or an object. It reads its machine's clock, and it can die. */
export class Process {
  readonly name: string;
  readonly clock: Clock;
  /** Which deployment it runs: two may be out at once. */
  readonly version: number;
  readonly #afterDeath: (() => void)[] = [];
  alive = true;
  /** What it has computed so far. */
  cpuMillis = 0;
  /** Set while it computes: the platform's clock then stands still for it. */
  clockStopsAt: number | null = null;

  constructor(name: string, clock: Clock, version = 1) {
    this.name = name;
    this.clock = clock;
    this.version = version;
  }

  /** What its code reads as the time. */
  read(trueNow: number): number {
    return this.clockStopsAt ?? this.clock.read(trueNow);
  }

  /** What the platform does before the process's code runs on an event, and when it can go no further. */
  beginTurn(): void {}
  endTurn(): void {}

  /** Starts something outside. An object's platform holds it back until what the turn wrote is durable. */
  emit(start: () => void): void {
    start();
  }

  whenDead(act: () => void): void {
    this.#afterDeath.push(act);
  }

  /** Nothing that was to happen to it happens any more. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const act of this.#afterDeath) act();
  }
}

/** A machine's clock: how far it is off, and how much too fast it goes. */
export class Clock {
  skewMillis: number;
  readonly #driftShare: number;
  readonly #since: number;

  constructor(skewMillis: number, driftShare: number, since: number) {
    this.skewMillis = skewMillis;
    this.#driftShare = driftShare;
    this.#since = since;
  }

  read(trueNow: number): number {
    return Math.floor(trueNow + this.skewMillis + (trueNow - this.#since) * this.#driftShare);
  }
}
