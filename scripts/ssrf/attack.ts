import type { AttackNetwork } from "./network.ts";
import { allowedPicture, targets } from "./targets.ts";
import type { Outcome } from "./victim.ts";

/** One attempt to have a target fetched. */
export interface Vector {
  readonly name: string;
  /** Options and source as a client sends them, below the tenant's root. */
  readonly path: string;
  /** Whether the picture is fetched once before, while its origin still has it. */
  readonly isStored: boolean;
}

export interface AttackReport {
  readonly vectors: number;
  /** Requests that the canary had. */
  readonly reached: number;
  /** Vectors that were refused by a rule; what failed in another way is not counted. */
  readonly refused: number;
  /** Names of the vectors that were not refused. */
  readonly open: readonly string[];
}

/** Every target in each spelling, behind one and two redirects, and after the picture was stored. */
export const vectors: readonly Vector[] = targets.flatMap((target, index) => [
  ...spellings(target).map(([how, path]) => ({ name: `${how}: ${target}`, path, isStored: false })),
  { name: `redirect: ${target}`, path: pictureWith(`to=${index}`), isStored: false },
  { name: `second redirect: ${target}`, path: pictureWith(`via=${index}`), isStored: false },
  { name: `stored, then redirect: ${target}`, path: pictureWith(`then=${index}`), isStored: true },
]);

/** The allowed picture itself: the attack means something only while this one is fetched. */
const harmless: Vector = { name: "harmless", path: pictureWith("v=1"), isStored: true };

/** Has the victim try all vectors, in batches and in order. */
export async function attack(
  tried: readonly Vector[],
  network: AttackNetwork,
  victim: (batch: readonly Vector[]) => Promise<readonly Outcome[]>,
): Promise<AttackReport> {
  const [outcome] = await victim([harmless]);
  if (outcome !== "fetched") throw new Error(`The allowed picture is ${outcome}.`);
  const outcomes: Outcome[] = [];
  for (let start = 0; start < tried.length; start += batchSize) {
    outcomes.push(...(await victim(tried.slice(start, start + batchSize))));
  }
  return {
    vectors: tried.length,
    reached: network.reached.length,
    refused: outcomes.filter((each) => each === "refused").length,
    open: tried.filter((_, index) => outcomes[index] !== "refused").map(({ name }) => name),
  };
}

const batchSize = 100;

function pictureWith(query: string): string {
  return `/image/width=10/${allowedPicture}?${query}`;
}

function spellings(target: string): [how: string, path: string][] {
  const escaped = encodeURIComponent(target);
  return [
    ["raw", `/image/width=10/${target}`],
    ["encoded", `/image/width=10/${escaped}`],
    ["next", `/_next/image?url=${escaped}&w=64&q=75`],
    ["ipx", `/_ipx/w_10/${escaped}`],
    ["imgproxy", `/x/w:10/${Buffer.from(target).toString("base64url")}`],
  ];
}
