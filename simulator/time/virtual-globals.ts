import { createHash } from "node:crypto";
import { LightResponse } from "../platform/light-response.ts";
import type { Random } from "./random.ts";
import type { Event, Timeline } from "./timeline.ts";

/** What simulated code may ask of its surroundings. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly log: (level: "log" | "warn" | "error", entry: unknown) => void;
}

const realDate = Date;

/**
 * Puts clock, timers, random numbers and the console of the current process in the place of the real ones,
 * so that no code, our own or a library's, can escape the virtual time. Returns what undoes it. Whatever
 * reads the time while no process runs is a mistake of the simulator, and throws.
 */
export function installVirtualGlobals({ timeline, random, log }: Surroundings): () => void {
  const currentProcess = () => {
    if (timeline.process) return timeline.process;
    throw new Error("code outside any process asked for the time or a timer");
  };
  const read = () => currentProcess().read(timeline.now);
  class VirtualDate extends realDate {
    constructor(...parts: []) {
      if (parts.length === 0) super(read());
      else super(...parts);
    }
    static override now(): number {
      return read();
    }
  }
  const setTimer = (wake: (...values: unknown[]) => void, millis = 0, ...values: unknown[]) =>
    timeline.after(millis, currentProcess(), () => wake(...values));
  const clearTimer = (timer: Event | undefined) => {
    if (timer) timer.cancelled = true;
  };
  const forbidden = (name: string) => () => {
    throw new Error(`${name} is real and must not be used in simulated code`);
  };
  const realRandom = Math.random;
  Math.random = () => random.fraction();
  const restore = replaceGlobals({
    Date: VirtualDate,
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setInterval: forbidden("setInterval"),
    setImmediate: forbidden("setImmediate"),
    fetch: forbidden("fetch"),
    performance: { now: () => read() },
    scheduler: {
      wait: (millis: number) => new Promise((resolve) => void setTimer(resolve, millis)),
    },
    Response: LightResponse,
    crypto: virtualCrypto(random),
    console: {
      log: (entry: unknown) => log("log", entry),
      info: (entry: unknown) => log("log", entry),
      warn: (entry: unknown) => log("warn", entry),
      error: (entry: unknown) => log("error", entry),
    },
  });
  return () => {
    restore();
    Math.random = realRandom;
  };
}

function virtualCrypto(random: Random) {
  const getRandomValues = (bytes: Uint8Array) => {
    bytes.set(random.bytes(bytes.length));
    return bytes;
  };
  const hex = () => random.word().toString(16).padStart(8, "0");
  return {
    getRandomValues,
    randomUUID: () => {
      const digits = hex() + hex() + hex() + hex();
      return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    },
    subtle: {
      async digest(name: string, bytes: Uint8Array): Promise<ArrayBuffer> {
        if (name !== "SHA-256") throw new Error(`no ${name} here`);
        const hash = createHash("sha256").update(bytes).digest();
        return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.length);
      },
    },
  };
}

function replaceGlobals(replacements: Record<string, unknown>): () => void {
  const before = Object.keys(replacements).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  for (const [name, value] of Object.entries(replacements)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
}
