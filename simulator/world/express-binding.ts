import type { ExpressAnswer, ExpressAsk, SentFiles } from "../../core/job/express-calls.ts";
import { ExpressLane, type TaggingStore } from "../../workers/consumer/express.ts";
import type { ConsumerPorts } from "../../workers/consumer/ports.ts";
import { CallFailed, type Wire } from "../platform/wire.ts";
import type { Process } from "../time/process.ts";
import type { Random } from "../time/random.ts";
import { isEarlier, readEarlier } from "./versions.ts";

export interface ExpressSettings {
  readonly makeProcess: () => Process;
  readonly ports: (process: Process) => ConsumerPorts & { readonly pictures: TaggingStore };
}

/** How often the isolate that a call comes to has no room. */
const busyShare = 0.1;

/** The consumer Worker's entrypoint for those who wait, each call an invocation of its own. */
export class ExpressBinding {
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #settings: ExpressSettings;

  constructor(wire: Wire, random: Random, settings: ExpressSettings) {
    this.#wire = wire;
    this.#random = random;
    this.#settings = settings;
  }

  render(ask: ExpressAsk): Promise<ExpressAnswer> {
    return this.renderSent(ask, null);
  }

  renderSent(ask: ExpressAsk, sent: SentFiles | null): Promise<ExpressAnswer> {
    const { timeline, weather } = this.#wire;
    const caller = timeline.process;
    if (!caller) throw new Error("the express lane was called outside any process");
    const fate = weather.fate("express");
    const [there, back] = [weather.latencyMillis("express"), weather.latencyMillis("express")];
    return new Promise((resolve, reject) => {
      let told = false;
      const tell = (settle: () => void) => {
        if (!told) timeline.after(back, caller, settle);
        told = true;
      };
      const fail = () => tell(() => reject(new CallFailed(`express: ${fate}`)));
      if (fate === "silence") return;
      if (fate === "lost-request") return fail();
      if (fate === "failed-then-late") fail();
      const isLate = fate === "late" || fate === "failed-then-late";
      const millis = isLate ? weather.lateMillis() : there;
      timeline.after(millis, null, () => {
        void this.#invoke(ask, sent, fail).then(
          (answer) => (fate === "answered" ? tell(() => resolve(answer)) : fail()),
          fail,
        );
      });
    });
  }

  #invoke(ask: ExpressAsk, sent: SentFiles | null, ended: () => void): Promise<ExpressAnswer> {
    const { timeline, weather } = this.#wire;
    const process = this.#settings.makeProcess();
    timeline.enter(process);
    process.whenDead(ended);
    if (this.#random.chance(busyShare)) return Promise.resolve({ verdict: "busy" });
    if (weather.strikes("isolateDeath")) {
      timeline.after(this.#random.exponential(200), process, () => process.die());
    }
    const read = isEarlier(process.version) ? readEarlier(ask) : ask;
    return new ExpressLane().render(read, this.#settings.ports(process), sent);
  }
}
