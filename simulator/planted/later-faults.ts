import { scripted, type PlantedFault } from "./planted-fault.ts";

/** Met once the simulator was there. */
export const laterFaults: readonly PlantedFault[] = [
  {
    number: 16,
    title: "a restored ledger fails jobs before it has read what it stored",
    edits: [
      {
        file: "durable-objects/ledger/settling.ts",
        find: "return isByTime && !this.#parts.knowsItsChain();",
        replace: "return !isByTime && isByTime;",
      },
      {
        file: "durable-objects/ledger/duties.ts",
        find: "(restored.isKnown() || !jobs.hasExpired(host.now()) ? undefined : restored.catchUp())",
        replace: "undefined",
      },
    ],
    look: scripted("restore"),
    invariants: ["billed-once"],
  },
  {
    number: 17,
    title: "a restored ledger shows again what was deleted since its backup",
    edits: [
      {
        file: "durable-objects/ledger/usage/restored-chain.ts",
        find: "tombstones.request();",
        replace: "",
      },
    ],
    look: scripted("restore"),
    invariants: ["deleted-means-gone"],
  },
  {
    number: 18,
    title: "a ledger takes keys that belong to another shard",
    edits: [
      {
        file: "durable-objects/ledger/admission/accepting.ts",
        find: "return shardOfKey(terms.newest(request).shards, key) !== shard && replays",
        replace: "return shardOfKey(terms.newest(request).shards, key) < 0 && replays",
      },
    ],
    look: scripted("shards"),
    invariants: ["retry-is-safe"],
  },
  {
    number: 19,
    title: "the Directory forgets which puts to KV may still land",
    edits: [
      {
        file: "durable-objects/directory/open-puts.ts",
        find: "const isFirst = this.#note(id);",
        replace: "const isFirst = true;",
      },
    ],
    look: scripted("keys"),
    invariants: ["revoked-means-refused", "kv-is-what-was-decided"],
  },
];
