// Retention, for administrators: the rules, and what rules would remove before they are set.
import type { Retention, RetentionPlan } from '../../../services/registry/retention.ts';
import type { JudgedTag, RetentionRule } from '../../../services/registry/retention-rule.ts';
import * as contract from '../contract-retention.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface RetentionRouteParts {
  readonly retention: Retention;
}

const PATH = '/api/v1/retention';

export function createRetentionRoutes({ retention }: RetentionRouteParts): readonly ApiRoute[] {
  const readRules = async () => {
    const { rules, setBy } = await retention.ruleBook.instance();
    return { rules: rules.map(shapeRule), setBy };
  };
  return [
    jsonRoute({
      method: 'get',
      path: PATH,
      summary: 'The rules of what is kept, and who set them',
      isForAdministrators: true,
      answer: contract.retentionRules,
      errors: [401, 403],
      handle: readRules,
    }),
    jsonRoute({
      method: 'get',
      path: `${PATH}/plan`,
      summary:
        'What the rules that are set would remove now, and why each other tag is kept; changes nothing',
      isForAdministrators: true,
      query: contract.retentionPlanQuery,
      answer: contract.retentionPlan,
      errors: [400, 401, 403],
      handle: async ({ query }) => shapePlans(await retention.plan(), query.limit),
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/plan`,
      summary: 'What these rules would remove now, and why each other tag is kept; changes nothing',
      isForAdministrators: true,
      query: contract.retentionPlanQuery,
      body: contract.retentionWish,
      answer: contract.retentionPlan,
      errors: [400, 401, 403],
      handle: async ({ query, body }) => shapePlans(await retention.plan(readWish(body.rules)), query.limit),
    }),
    jsonRoute({
      method: 'post',
      path: PATH,
      summary: 'Sets the rules; a daily job applies them with the rights of who set them, into the trash',
      isForAdministrators: true,
      body: contract.retentionWish,
      answer: contract.retentionRules,
      errors: [400, 401, 403],
      async handle({ viewer, body }) {
        await retention.ruleBook.setInstance(
          readWish(body.rules),
          viewer.kind === 'account' ? viewer.name : '',
        );
        return readRules();
      },
    }),
  ];
}

type Wished = {
  readonly [K in keyof RetentionRule]: RetentionRule[K] | undefined;
} & { readonly repositories: string };

/** Members that are not given are absent, not undefined. */
function readWish(rules: readonly Wished[]): readonly RetentionRule[] {
  return rules.map(
    (rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as never,
  );
}

function shapeRule({ keepMatching, ...rule }: RetentionRule) {
  return { ...rule, ...(keepMatching === undefined ? {} : { keepMatching: [...keepMatching] }) };
}

function shapePlans(plans: readonly RetentionPlan[], limit: number) {
  return {
    repositories: plans.map(({ repository, going, kept }) => ({
      repository,
      goingCount: going.length,
      keptCount: kept.length,
      going: going.slice(0, limit).map(shapeTag),
      kept: kept.slice(0, limit).map(shapeTag),
    })),
  };
}

function shapeTag({ name, digest, reasons }: JudgedTag) {
  return { name, digest, reasons: [...reasons] };
}
