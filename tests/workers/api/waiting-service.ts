import type { AcceptRequest } from "../../../durable-objects/ledger/ledger-calls.ts";
import { acceptPicture } from "../../../workers/api/accept-picture.ts";
import { ExpressLane as Door } from "../../../workers/api/admission/express-lane.ts";
import { KnownShards } from "../../../workers/api/admission/known-shards.ts";
import { Refusals } from "../../../workers/api/admission/refusals.ts";
import { RegionHealths } from "../../../workers/api/admission/region-healths.ts";
import { Uploads } from "../../../workers/api/admission/uploads.ts";
import { Timing } from "../../../workers/api/http/timing.ts";
import type { Call } from "../../../workers/api/route.ts";
import { consume } from "../../../workers/consumer/consume.ts";
import type { ExpressAnswer, ExpressAsk, SentFiles } from "../../../core/job/express-calls.ts";
import { ExpressLane } from "../../../workers/consumer/express.ts";
import { LedgerWorld } from "../../durable-objects/ledger/ledger-world.ts";
import { headerOnlyPng } from "../../journeys/pictures.ts";
import { oneRegion } from "../../one-region.ts";
import { Workshop } from "../consumer/workshop.ts";
import { identity } from "./identity/door.ts";

/** A picture that is sent when the test names no other. */
export const picture = new Uint8Array(headerOnlyPng(8, 8));

/** The API's road and the consumer's on one real ledger; the binding between them is the test's. */
export class WaitingService {
  readonly world = new LedgerWorld();
  /** What was asked of the ledger and of R2, in turn. */
  readonly calls: string[] = [];
  /** The secret that receipts are signed with, if there is one. */
  receiptKeys: string | undefined;
  readonly #lane = new ExpressLane();
  readonly #ports;
  binding = (ask: ExpressAsk, sent: SentFiles): Promise<ExpressAnswer> => this.render(ask, sent);

  constructor() {
    const { world } = this;
    world.pictures.before = (call) => void this.calls.push(`R2 ${call}`);
    const { ports } = new Workshop();
    this.#ports = {
      ...ports,
      ledger: () => ({
        claim: async (...given: Parameters<typeof world.ledger.claim>) => {
          this.calls.push("claim");
          return world.ledger.claim(...given);
        },
        begin: async (...given: Parameters<typeof world.ledger.begin>) => {
          this.calls.push("begin");
          return world.ledger.begin(...given);
        },
        settle: async (...given: Parameters<typeof world.ledger.settle>) => {
          this.calls.push("settle");
          return world.ledger.settle(...given);
        },
      }),
      pictures: {
        get: (key: string) => world.pictures.get(key),
        head: (key: string) => world.pictures.head(key),
        delete: (keys: string[]) => world.pictures.delete(keys),
        put: async (key: string, bytes: Uint8Array) => {
          await world.pictures.put(key, bytes);
          return { httpEtag: `"${key}"` };
        },
      },
    };
  }

  /** What the consumer does with what comes over the binding. */
  render(ask: ExpressAsk, sent: SentFiles): Promise<ExpressAnswer> {
    return this.#lane.render(ask, this.#ports, sent);
  }

  /** What it does with a message of the queue. */
  async deliver(job: string, alone = false): Promise<void> {
    const message = new Workshop().message(job);
    await consume([message], this.#ports, { alone });
  }

  send(headers: Record<string, string> = {}, body: BodyInit = picture): Promise<Response> {
    const { world } = this;
    const request = new Request("http://minilab.test/v1/jobs?width=4", {
      method: "POST",
      headers: { "Content-Length": "100", Accept: "image/webp", Prefer: "wait=2", ...headers },
      body,
    });
    const ledger = {
      accept: async (asked: AcceptRequest) => {
        this.calls.push("accept");
        return world.ledger.accept(asked);
      },
      settle: async (...given: Parameters<typeof world.ledger.settle>) => {
        this.calls.push("settle");
        return world.ledger.settle(...given);
      },
      acceptWait: (asked: AcceptRequest, millis: number) => world.ledger.acceptWait(asked, millis),
      wait: (id: string, millis: number) => {
        this.calls.push("wait");
        return world.ledger.wait(id, millis);
      },
    };
    const call = {
      request,
      url: new URL(request.url),
      params: {},
      env: {
        FLEET: oneRegion(),
        LEDGER: { getByName: () => ledger },
        PICTURES_LOCAL: this.#bucket(),
        EXPRESS: { renderSent: this.binding },
        RECEIPT_KEYS: this.receiptKeys,
      },
      ctx: { waitUntil: () => undefined },
      timing: new Timing(),
      trace: "0af7651916cd43dd8448eb211c80319c",
      refusals: new Refusals(),
      uploads: new Uploads(),
      healths: new RegionHealths(),
      express: new Door(),
      shards: new KnownShards(),
    } as unknown as Call;
    return acceptPicture(call, { ...identity, tenant: "tnt_x" });
  }

  /** With what an answer reads of an object. */
  #bucket() {
    const { pictures } = this.world;
    const get = async (key: string) => {
      const found = await pictures.get(key);
      return found && { ...found, httpEtag: `"${key}"`, body: await found.arrayBuffer() };
    };
    return {
      get,
      put: async (...given: Parameters<typeof pictures.put>) => {
        await pictures.put(...given);
        return { httpEtag: `"${given[0]}"` };
      },
      delete: (keys: string[]) => pictures.delete(keys),
    };
  }

  async jobs() {
    return this.world.ledger.list(null, 10);
  }

  billed(): number {
    const { hours } = this.world.ledger.usage(0, Infinity);
    return hours.reduce((sum, { totals }) => sum + totals.jobsDone, 0);
  }
}
