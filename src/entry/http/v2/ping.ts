// end-1, `GET /v2/`: does this speak the distribution protocol? Clients learn from its 401 how to log
// in (docker and podman ask nowhere else), so who presents nothing is challenged, though pulls are free.
import { answerJson } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Methods } from './methods.ts';

export function createPingMethods(parts: { guard: Guard }): Methods<unknown> {
  return {
    async GET(exchange) {
      await parts.guard.checkPresented(exchange);
      answerJson(exchange, 200, {});
    },
  };
}
