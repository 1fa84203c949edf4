/** Runs on a thread of its own: gets seeds, answers with outcomes. */
import { parentPort, workerData } from "node:worker_threads";
import { profiles, type Orders } from "./orders.ts";
import { simulate } from "./simulate.ts";

const orders = workerData as Orders;
const profileOf = profiles(orders);

parentPort?.on("message", (seed: number) => {
  void simulate(seed, orders.steps, profileOf(seed)).then((outcome) =>
    parentPort?.postMessage(outcome),
  );
});
