import { WorkerEntrypoint } from "cloudflare:workers";

export class Express extends WorkerEntrypoint {
  render() {
    return { verdict: "busy" };
  }

  renderSent() {
    return { verdict: "busy" };
  }
}

export default {};
