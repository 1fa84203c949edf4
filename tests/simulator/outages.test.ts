import { describe, expect, test } from "vitest";
import type { Dependency } from "../../simulator/platform/weather.ts";
import { inWorld } from "../../simulator/simulate.ts";
import type { Process } from "../../simulator/time/process.ts";
import { Random } from "../../simulator/time/random.ts";
import { installVirtualGlobals } from "../../simulator/time/virtual-globals.ts";
import type { Tenant } from "../../simulator/world/client.ts";
import type { Answer, Asked } from "../../simulator/world/front-door.ts";
import { createTenants } from "../../simulator/world/load.ts";
import { makePicture } from "../../simulator/world/picture.ts";
import { scenarios } from "../../simulator/world/scenarios.ts";
import { region, World } from "../../simulator/world/world.ts";

const SECOND = 1000;
const outageMillis = 60 * SECOND;
const recoveryMillis = 30 * SECOND;
/** Longest that any answer may take: what a client waits for, and one call after that. */
const answerMillisMax = 25 * SECOND;

/** One tenant's program in a world in which nothing goes wrong but what the test breaks. All times are virtual. */
class Program {
  readonly world: World;
  readonly #tenant: Tenant;
  readonly #process: Process;
  #pictures = 0;
  /** Milliseconds that answers took; null among the answers is one that never came. */
  readonly took: number[] = [];

  constructor(world: World, tenant: Tenant, process: Process) {
    this.world = world;
    this.#tenant = tenant;
    this.#process = process;
  }

  get ledger(): Dependency {
    return `ledger ${this.#tenant.id}/${region}/0`;
  }

  get now(): number {
    return this.world.timeline.now;
  }

  send(headers: Record<string, string> = {}): Promise<Answer | null> {
    const body = makePicture(++this.#pictures, 64, 64);
    return this.#ask({ route: "createJob", query: "w=20", body, headers });
  }

  read(id: string): Promise<Answer | null> {
    return this.#ask({ route: "getJob", params: { id } });
  }

  /** The id of a new job that is done. */
  async render(): Promise<string | null> {
    const answer = await this.send({ Prefer: "wait=10", Accept: "application/json" });
    const job = answer?.status === 200 ? bodyOf(answer) : null;
    return job?.status === "done" ? job.id : null;
  }

  sleep(millis: number): Promise<void> {
    return new Promise((wake) => void this.world.timeline.after(millis, this.#process, wake));
  }

  async #ask(asked: Omit<Asked, "authorization">): Promise<Answer | null> {
    const since = this.now;
    const { authorization } = this.#tenant;
    const answer = await this.world.frontDoor.ask(this.#process, { ...asked, authorization });
    this.took.push(this.now - since);
    return answer;
  }
}

const bodyOf = ({ body }: Answer) => JSON.parse(body as string) as { id: string; status: string };

async function live<Value>(seed: number, story: (program: Program) => Promise<Value>) {
  const world = new World(seed, scenarios["calm"]!(seed), false);
  const random = new Random(seed, "globals");
  const log = (level: string, entry: unknown) => world.log(level, entry);
  const uninstall = installVirtualGlobals({ timeline: world.timeline, random, log });
  try {
    const [tenant] = await inWorld(world, "operator", () => createTenants(world));
    return await inWorld(world, "client", (process) =>
      story(new Program(world, tenant as Tenant, process)),
    );
  } finally {
    uninstall();
    world.end();
  }
}

const away = [
  ["KV", () => "identity"],
  ["the Directory", () => "directory"],
  ["the queues", () => "queue"],
  ["R2's pictures", () => "pictures"],
  ["R2's books", () => "books"],
  ["the express lane", () => "express"],
  ["the region's figures", () => "figures"],
  ["the tenant's ledger", (program) => program.ledger],
] as const satisfies [string, (program: Program) => Dependency][];

describe.each(away)("while %s", (name, dependency) => {
  test.each(["down", "silent"] as const)(
    "is %s for a minute, all is answered, what can be read is, and half a minute later all is well",
    async (kind) => {
      await live(7, async (program) => {
        const known = await program.render();
        expect(known).not.toBeNull();
        program.world.weather.breakDown(dependency(program), outageMillis, kind);
        const ends = program.now + outageMillis;
        const reads: Promise<Answer | null>[] = [];
        const sends: Promise<Answer | null>[] = [];
        for (let turn = 0; program.now < ends; turn++) {
          reads.push(program.read(known!));
          sends.push(program.send(turn % 2 === 0 ? { Prefer: "wait=10" } : {}));
          await program.sleep(3 * SECOND);
        }
        const isOwnStore = name === "the tenant's ledger";
        const unread = (await Promise.all(reads)).filter((answer) => answer?.status !== 200);
        expect(unread.length > 0).toBe(isOwnStore);
        for (const answer of unread) expectRefusal(answer);
        const sent = await Promise.all(sends);
        const refused = sent.filter((answer) => ![200, 202].includes(answer?.status ?? 0));
        for (const answer of refused) expectRefusal(answer);
        await program.sleep(Math.max(0, ends - program.now));
        while ((await program.render()) === null) await program.sleep(SECOND);
        expect(program.now).toBeLessThan(ends + recoveryMillis);
        await program.sleep(Math.max(0, ends + recoveryMillis - program.now));
        const accepted = sent.filter((answer) => answer?.status === 202);
        for (const answer of accepted) {
          const job = await program.read(bodyOf(answer!).id);
          expect(bodyOf(job!).status).toBe("done");
        }
        expect(Math.max(...program.took)).toBeLessThan(answerMillisMax);
        expect(program.world.record.violations).toEqual([]);
      });
    },
  );
});

function expectRefusal(answer: Answer | null): void {
  expect([answer?.status, Number(answer?.headers.get("Retry-After")) > 0]).toEqual([503, true]);
}
