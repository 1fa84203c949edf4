import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";

/** The part of a Workflow binding that is used. */
interface Workflow<Part> {
  createBatch(instances: Instance<Part>[]): Promise<readonly unknown[]>;
}

interface Instance<Part> {
  readonly id: string;
  readonly params: Part;
}

interface SomeTenants {
  readonly tenants: readonly string[];
}

/**
 * Starts a Workflow instance for each part, named after `run`, so that a run that is started twice does its
 * work once. Never throws: parts that could not be started are in a later run, since what they were to do is still known.
 * The platform takes ids of 100 characters, so some ten rests may follow one another before that.
 */
export async function startParts<Part extends SomeTenants>(
  workflow: Workflow<NoInfer<Part>>,
  run: string,
  parts: readonly Part[],
): Promise<void> {
  const instances = parts.map((params, index) => ({
    id: `${run.replaceAll(/[^\w-]/g, "-")}-${index + 1}`,
    params,
  }));
  for (const batch of batchesOf(instances)) {
    try {
      await inTime(globalThis, limits.workflowMillisMax, workflow.createBatch(batch));
    } catch (cause) {
      const tenants = batch.reduce((sum, { params }) => sum + params.tenants.length, 0);
      console.error({ event: "parts-not-started", run, tenants, cause: String(cause) });
    }
  }
}

/** As many in one call as the platform takes, by number and by size: after a long outage each has much news. */
function* batchesOf<Part>(instances: readonly Instance<Part>[]): Generator<Instance<Part>[]> {
  let batch: Instance<Part>[] = [];
  let bytes = 0;
  for (const instance of instances) {
    const more = JSON.stringify(instance).length;
    const isFull =
      batch.length === limits.workflowBatchMax || bytes + more > limits.workflowBatchBytesMax;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(instance);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
