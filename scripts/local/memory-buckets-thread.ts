/**
 * Buckets in memory on a thread of their own: storing and reading pictures triggers garbage collections, which go through the
 * whole heap of their thread, and that of the runtime is large.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openMemoryBuckets } from "./memory-buckets.ts";

await openMemoryBuckets(workerData as number);
parentPort?.postMessage("listening");
