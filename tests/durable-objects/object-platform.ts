import { SqliteStorage } from "../../simulator/sqlite-storage.ts";
import { oneRegion } from "../one-region.ts";

const bound = ["LEDGER", "DIRECTORY", "FIGURES", "IDENTITY", "BOOKS"];
const boundOfRegion = ["PICTURES_LOCAL", "SOLO_LOCAL", "JOBS_LOCAL_0"];

/** What the objects' Worker is bound to; none of it answers. */
export const objectBindings: object = {
  FLEET: oneRegion(),
  ...Object.fromEntries([...bound, ...boundOfRegion].map((name) => [name, {}])),
};

/** An object's state on the platform. */
export function objectState(name: string, storage = new SqliteStorage()): DurableObjectState {
  const kv = { get: () => undefined, put: () => undefined };
  const state = {
    ...{ id: { name }, storage: Object.assign(storage, { kv }) },
    waitUntil: () => undefined,
  };
  return state as unknown as DurableObjectState;
}
