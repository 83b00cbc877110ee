// Whether the process lives, and whether it can do its work: one check per thing it depends on.
import { describeError } from '../../../kit/error.ts';
import * as contract from '../contract.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

/** Throws where the thing does not work; its sentence is the reason that is shown. */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<void>;
}

export interface HealthParts {
  readonly checks: readonly ReadinessCheck[];
}

export function createHealthRoutes(parts: HealthParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/healthz',
      summary: 'Answers while the process lives',
      answer: contract.liveness,
      errors: [],
      handle: async () => ({ status: 'alive' as const }),
    }),
    jsonRoute({
      method: 'get',
      path: '/readyz',
      summary: 'Whether everything that requests need works; 503 where something does not',
      answer: contract.readiness,
      errors: [],
      async handle() {
        const checks = await Promise.all(parts.checks.map(runCheck));
        const isReady = checks.every((check) => check.isReady);
        return { status: isReady ? ('ready' as const) : ('not ready' as const), checks };
      },
    }),
  ];
}

async function runCheck({ name, check }: ReadinessCheck): Promise<contract.Readiness['checks'][number]> {
  try {
    await check();
    return { name, isReady: true };
  } catch (error) {
    return { name, isReady: false, why: describeError(error) };
  }
}
