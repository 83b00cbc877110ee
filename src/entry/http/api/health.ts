// Whether the process lives, and whether it can do its work: one check per thing it depends on.
import { describeError } from '../../../kit/error.ts';
import * as contract from '../contract.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

/**
 * Throws where the thing does not work; its sentence is the reason that is shown. A sentence that it answers is a
 * warning: it works for most, and whoever sends requests here need not stop.
 */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<unknown>;
}

export interface HealthParts {
  readonly checks: readonly ReadinessCheck[];
  /** What an operator should know, as it was last seen: asks nothing, since a mute disk must not look like a dead process. */
  readonly lastWarnings: () => readonly string[];
}

export function createHealthRoutes(parts: HealthParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/healthz',
      summary: 'Answers while the process lives',
      answer: contract.liveness,
      errors: [],
      async handle() {
        const warnings = [...parts.lastWarnings()];
        return { status: 'alive' as const, ...(warnings.length === 0 ? {} : { warnings }) };
      },
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
    const warning = await check();
    return { name, isReady: true, ...(typeof warning === 'string' ? { warning } : {}) };
  } catch (error) {
    return { name, isReady: false, why: describeError(error) };
  }
}
