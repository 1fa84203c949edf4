/** The consumer without lines of the log, and without the wait that sets its clock after a render. Never deployed. */
import { StopWatch } from "../workers/consumer/stop-watch.ts";

const nothing = () => undefined;
console.info = nothing;

Object.assign(StopWatch.prototype, { rendered: nothing });

export { Express, default } from "../workers/consumer/index.ts";
