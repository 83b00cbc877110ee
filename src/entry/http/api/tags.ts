// Tags with a memory: what became of one and what it was at a time, deleting one with a reason, which ones stay
// what they are, and the log that all of it stands in (served itself by ../tlog/tlog.ts).
import { formatInstant } from '../../../kit/clock.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import { registryErrors } from '../../../services/registry/errors.ts';
import type { TagAt, TagHistory, TagMove } from '../../../services/registry/tag-history.ts';
import type { TagLog } from '../../../services/registry/tag-log.ts';
import type { TagRules } from '../../../services/registry/tag-rules.ts';
import type { Tags } from '../../../services/registry/tags.ts';
import * as contract from '../contract-tag.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, documentRoute, jsonRoute } from './route.ts';

export interface TagRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly tags: Tags;
  readonly tagHistory: TagHistory;
  readonly tagRules: TagRules;
  readonly tagLog: TagLog;
}

export function createTagRoutes(parts: TagRouteParts): readonly ApiRoute[] {
  return [...historyRoutes(parts), ...ruleRoutes(parts), ...logRoutes(parts)];
}

function historyRoutes({ catalogue, access, tags, tagHistory }: TagRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/history/{tag}',
      summary: 'What became of a tag, the last first; with `at`, what it was at that time',
      query: contract.tagHistoryQuery,
      answer: contract.tagHistory,
      errors: [400, 404],
      async handle({ viewer, params, query }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const where = { repository: name };
        const tag = params.tag ?? '';
        const at = query.at === undefined ? undefined : Date.parse(query.at);
        const then = at === undefined ? undefined : await tagHistory.at(where, tag, at);
        // With a time the list begins with the move that held then; where none had been, nothing had happened.
        const first = then === undefined ? undefined : (then.move?.leaf ?? -1) + 1;
        const before = parseCursor(query.cursor)?.at ?? first;
        const found = await tagHistory.list(where, tag, {
          limit: query.limit + 1,
          ...(before === undefined ? {} : { before }),
        });
        if (found.length === 0 && query.cursor === undefined) await checkEver(tagHistory, name, tag);
        const moves = found.slice(0, query.limit);
        const last = moves.at(-1);
        return {
          repository: name,
          tag,
          moves: moves.map(shapeMove),
          ...(found.length > query.limit && last !== undefined
            ? { cursor: formatCursor({ at: last.leaf, name: tag }) }
            : {}),
          ...(then === undefined || at === undefined ? {} : { at: shapeAt(at, then) }),
        };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: '/api/v1/repositories/{name}/-/tags/{tag}',
      summary: 'Deletes a tag, also one that cannot move, with a reason that the tag log keeps',
      body: contract.tagDeletion,
      answer: contract.tagMove,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const tag = params.tag ?? '';
        await tags.delete(await access.checkRepository(viewer, 'delete', name), tag, {
          via: 'api',
          reason: body.reason,
        });
        const [move] = await tagHistory.list({ repository: name }, tag, { limit: 1 });
        return shapeMove(move as TagMove);
      },
    }),
  ];
}

function ruleRoutes({ catalogue, access, tagRules }: TagRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/tag-rule',
      summary: 'Which tags of a repository stay what they are',
      answer: contract.tagRule,
      errors: [404],
      async handle({ viewer, params }) {
        const { name } = await findRepository(catalogue, viewer, params);
        return { repository: name, immutableTags: [...(await tagRules.find({ repository: name }))] };
      },
    }),
    jsonRoute({
      method: 'patch',
      path: '/api/v1/repositories/{name}',
      summary: 'Sets which tags stay what they are',
      body: contract.repositoryWish,
      answer: contract.tagRule,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        return { repository: name, immutableTags: [...(await tagRules.set(grant, body.immutableTags))] };
      },
    }),
  ];
}

function logRoutes({ tagLog }: TagRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/tag-log',
      summary: 'The tag log’s name, key and size; the log itself is served below /tlog as C2SP tlog-tiles',
      answer: contract.tagLogFacts,
      errors: [],
      async handle() {
        const { former, ...facts } = await tagLog.describe();
        return { ...facts, former: former.map(({ key, until }) => ({ key, until: formatInstant(until) })) };
      },
    }),
    documentRoute({
      method: 'get',
      path: '/api/v1/tag-log/proof',
      summary: 'The proof that a leaf is in the log, with its checkpoint (C2SP tlog-proof)',
      query: contract.proofQuery,
      answer: ['text/plain; charset=utf-8'],
      errors: [400, 404],
      async handle({ query: { leaf } }) {
        const body = await tagLog.prove(leaf);
        if (body === undefined) throw registryErrors.leaf_unknown(`the tag log has no leaf ${leaf}`);
        return { mediaType: 'text/plain; charset=utf-8', body, fileName: `${leaf}.tlog-proof` };
      },
    }),
  ];
}

async function checkEver(tagHistory: TagHistory, repository: string, tag: string): Promise<void> {
  const [any] = await tagHistory.list({ repository }, tag, { limit: 1 });
  if (any === undefined) throw registryErrors.manifest_unknown(`${repository} never had a tag ${tag}`);
}

function shapeMove({ leaf, record, recordJson, salt, judgement }: TagMove): contract.TagMove {
  const { kind, digest, previous, at, by, via, reason, since } = record;
  return {
    leaf,
    kind,
    ...(digest === null ? {} : { digest }),
    ...(previous === null ? {} : { previous }),
    at,
    by,
    via,
    ...(reason === undefined ? {} : { reason }),
    ...(since === undefined ? {} : { since }),
    record: recordJson,
    ...(salt === null ? {} : { salt }),
    ...(judgement === undefined
      ? {}
      : { judgement: { suspicions: [...judgement.suspicions], unknowns: [...judgement.unknowns] } }),
  };
}

function shapeAt(at: number, { digest, move, isHeld }: TagAt): NonNullable<contract.TagHistory['at']> {
  return {
    at: formatInstant(at),
    ...(digest === undefined ? {} : { digest }),
    ...(move === undefined ? {} : { leaf: move.leaf }),
    isHeld,
  };
}
