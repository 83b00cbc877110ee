// Retention of one repository, for its maintainers: its rule, what it would remove, and removing it now.
import { formatInstant } from '../../../kit/clock.ts';
import { limits } from '../../../kit/limits.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { Pulls } from '../../../services/registry/pulls.ts';
import type { MeasuredPlan, Retention } from '../../../services/registry/retention.ts';
import type { JudgedTag, KeepRule } from '../../../services/registry/retention-rule.ts';
import type { HeldRule } from '../../../services/registry/retention-rules.ts';
import * as contract from '../contract-retention.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface RepositoryRetentionParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly retention: Retention;
  readonly pulls: Pick<Pulls, 'since'>;
}

const PATH = '/api/v1/repositories/{name}/-/retention';

export function createRepositoryRetentionRoutes(parts: RepositoryRetentionParts): readonly ApiRoute[] {
  return [...ruleRoutes(parts), ...runRoutes(parts)];
}

function ruleRoutes({ catalogue, access, retention }: RepositoryRetentionParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: PATH,
      summary: 'The rule of what a repository keeps, its own or the instance’s',
      answer: contract.heldRetention,
      errors: [404],
      async handle({ viewer, params }) {
        const { name } = await findRepository(catalogue, viewer, params);
        return shapeHeld(name, await retention.ruleBook.find({ repository: name }));
      },
    }),
    jsonRoute({
      method: 'post',
      path: PATH,
      summary: 'Sets a repository’s own rule, before the instance’s; a daily job applies it, into the trash',
      body: contract.repositoryRetentionWish,
      answer: contract.heldRetention,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        const rule = body.rule === null ? null : readKeepRule(body.rule);
        return shapeHeld(name, await retention.ruleBook.set(grant, rule));
      },
    }),
  ];
}

function runRoutes(parts: RepositoryRetentionParts): readonly ApiRoute[] {
  const { catalogue, access, retention, pulls } = parts;
  return [
    jsonRoute({
      method: 'post',
      path: `${PATH}/preview`,
      summary:
        'What the rule that holds, or this one, would remove now, what that frees, and why each other tag is kept; changes nothing',
      query: contract.retentionPlanQuery,
      body: contract.retentionPreviewWish,
      answer: contract.retentionPreview,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, query, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'delete', name);
        const wished = body.rule === undefined ? undefined : readKeepRule(body.rule);
        const plan = await retention.preview(grant, wished);
        return { pullsSince: formatInstant(await pulls.since()), ...shapePlan(plan, query.limit) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/runs`,
      summary: `Removes now what the rule that holds says goes, into the trash; at most ${limits.retentionTags} tags in one call`,
      answer: contract.retentionRun,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'delete', name);
        const plan = await retention.planOne(grant);
        return retention.apply(grant, plan, { most: limits.retentionTags });
      },
    }),
  ];
}

/** Members that are not given are absent, not undefined. */
function readKeepRule(rule: { readonly [K in keyof KeepRule]: KeepRule[K] | undefined }): KeepRule {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}

function shapeHeld(repository: string, held: HeldRule | undefined) {
  if (held === undefined) return { repository };
  const { rule, setBy, pattern } = held;
  const { keepMatching, ...rest } = rule;
  return {
    repository,
    rule: { ...rest, ...(keepMatching === undefined ? {} : { keepMatching: [...keepMatching] }) },
    setBy,
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function shapePlan(plan: MeasuredPlan, limit: number) {
  const { repository, going, kept, freedBytes } = plan;
  return {
    ...shapeHeld(repository, plan),
    goingCount: going.length,
    keptCount: kept.length,
    freedBytes: freedBytes.reduce((sum, one) => sum + one, 0),
    going: going.slice(0, limit).map((tag, at) => ({ ...shapeTag(tag), freedBytes: freedBytes[at] ?? 0 })),
    kept: kept.slice(0, limit).map(shapeTag),
  };
}

function shapeTag({ name, digest, reasons, updatedAt, pulledAt }: JudgedTag) {
  return {
    name,
    digest,
    reasons: [...reasons],
    updatedAt: formatInstant(updatedAt),
    ...(pulledAt === undefined ? {} : { pulledAt: formatInstant(pulledAt) }),
  };
}
