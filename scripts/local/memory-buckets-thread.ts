/**
 * Buckets in memory on a thread of their own: each picture that is stored or read makes the collector of garbage look at all
 * that its thread holds, and a runtime's holds a lot.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openMemoryBuckets } from "./memory-buckets.ts";

await openMemoryBuckets(workerData as number);
parentPort?.postMessage("listening");
