import { limits } from "../limits.ts";

/**
 * How full the queues are, as a ledger can know it: each send is answered with the queue's own figures.
 *
 * A reading decays, because a ledger that sends nothing gets no new reading. It loses half of its weight in
 * `limits.pressureHalfLifeMillis`; so a refusal ends by itself, and the first job after it brings a new reading.
 */
export interface PressureReading {
  readonly waiting: number;
  /** Age of the message that has waited longest. */
  readonly oldestMillis: number;
  /** When it was read, epoch milliseconds. */
  readonly at: number;
}

/** The worst of all queues, decayed. */
export interface Pressure {
  readonly waiting: number;
  readonly oldestMillis: number;
}

export function pressureAt(readings: Iterable<PressureReading>, now: number): Pressure {
  let pressure: Pressure = { waiting: 0, oldestMillis: 0 };
  for (const { waiting, oldestMillis, at } of readings) {
    const weight = 2 ** (-Math.max(0, now - at) / limits.pressureHalfLifeMillis);
    pressure = {
      waiting: Math.max(pressure.waiting, waiting * weight),
      oldestMillis: Math.max(pressure.oldestMillis, oldestMillis * weight),
    };
  }
  return pressure;
}

/**
 * The pressure that counts: the present one, or what is left of an earlier one, whichever is higher. The age of the
 * oldest message falls all at once when a long queue has been worked off; a tenant let in without limit then fills it
 * again.
 */
export function feltAt(before: PressureReading, pressure: Pressure, now: number): PressureReading {
  const left = pressureAt([before], now);
  return {
    waiting: Math.max(pressure.waiting, left.waiting),
    oldestMillis: Math.max(pressure.oldestMillis, left.oldestMillis),
    at: now,
  };
}

/**
 * How long a job must wait until it may be admitted, in milliseconds; 0: it is admitted. While queues are short all
 * are. Then what a tenant may hold at once shrinks as they grow: who fills them is refused first, by the compute
 * units and not the number of its unfinished jobs. A tenant that holds next to nothing is admitted until the queues
 * are full.
 */
export function pressureWaitMillis(
  pressure: Pressure,
  held: { readonly computeUnits: number },
  cost: { readonly computeUnits: number },
): number {
  const fullness = Math.max(
    pressure.waiting / limits.queueBacklogMax,
    pressure.oldestMillis / limits.queueAgeMillisMax,
  );
  if (fullness > 1) return untilDecayedBy(fullness);

  const holds = held.computeUnits + cost.computeUnits;
  if (held.computeUnits === 0 || holds <= limits.heldUnitsMin) return 0;
  const strain = strainOf(pressure);
  if (strain <= 1) return 0;
  // By the square, so that queues stop growing soon, however slow the machines are.
  return holds * strain ** 2 <= limits.heldUnitsAtStrain ? 0 : limits.busyRetryMillis;
}

/** Whether one of the next jobs of a tenant that holds so much may be refused before its picture is stored. */
export const isFilling = (pressure: Pressure, held: { readonly computeUnits: number }): boolean =>
  held.computeUnits > limits.heldUnitsMin / 2 && strainOf(pressure) >= limits.fillingStrain;

/** Above 1 the room in the queues is shared out. */
function strainOf({ waiting, oldestMillis }: Pressure): number {
  return Math.max(waiting / limits.strainedBacklog, oldestMillis / limits.strainedAgeMillis);
}

function untilDecayedBy(factor: number): number {
  const millis = Math.ceil(limits.pressureHalfLifeMillis * Math.log2(factor));
  return Math.min(limits.pressureRetryMillisMax, Math.max(limits.busyRetryMillis, millis));
}
