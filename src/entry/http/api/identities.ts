// Who is expected to sign a repository's images, and what its owners say of those who did; and what changed in how the
// images of a tag were built. Everybody who may pull sees it; deciding is for owners.

import { describeIdentity } from '../../../engines/verify/learned-identity.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { Changes } from '../../../services/hub/changes.ts';
import type { BuildChanges, ComparedBuild } from '../../../services/trust/build-changes.ts';
import type { StoredBuild } from '../../../services/trust/build-row.ts';
import { trustErrors } from '../../../services/trust/errors.ts';
import type { ExpectedIdentities, ListedIdentity } from '../../../services/trust/expected-identities.ts';
import type { UnprovedSignature } from '../../../services/trust/sighting-row.ts';
import * as contract from '../contract-identity.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface IdentityRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly expectedIdentities: ExpectedIdentities;
  readonly buildChanges: BuildChanges;
  readonly changeList: Changes;
}

export function createIdentityRoutes(parts: IdentityRouteParts): readonly ApiRoute[] {
  return [...signerRoutes(parts), buildRoute(parts)];
}

function signerRoutes({ catalogue, access, expectedIdentities }: IdentityRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/identities',
      summary: 'Who signs the images of a repository, who is expected to, and what could not be proved',
      answer: contract.identityList,
      errors: [404],
      async handle({ viewer, params }) {
        const repository = await findRepository(catalogue, viewer, params);
        const { identities, unproved, ...said } = await expectedIdentities.list(repository);
        return {
          repository: repository.name,
          ...said,
          identities: identities.map(shapeIdentity),
          unproved: unproved.map(shapeUnproved),
          mayDecide: (await access.grant(viewer, 'own', repository.name)) !== undefined,
        };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/repositories/{name}/-/identities',
      summary: 'Expects signatures by a public key from now on; for owners',
      body: contract.signerKeyWish,
      answer: contract.expectedIdentity,
      status: 201,
      errors: [400, 401, 403, 404, 409],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'own', name);
        return shapeIdentity(await expectedIdentities.addKey(grant, body));
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/repositories/{name}/-/identities/{id}',
      summary:
        'Confirms a signer that was learned, approves one that was not expected, or drops one; for owners',
      body: contract.identityDecision,
      answer: contract.expectedIdentity,
      errors: [400, 401, 403, 404, 409],
      async handle({ viewer, params, body: { decision, reason } }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'own', name);
        const id = readId(params.id ?? '');
        const why = reason === undefined ? {} : { reason };
        return shapeIdentity(await expectedIdentities.decide(grant, { id, decision, ...why }));
      },
    }),
  ];
}

function readId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw trustErrors.identity_missing(`"${text.slice(0, 20)}" is no number of a signer`);
  return Number(text);
}

function buildRoute({ catalogue, changeList, buildChanges }: IdentityRouteParts): ApiRoute {
  return jsonRoute({
    method: 'get',
    path: '/api/v1/repositories/{name}/-/tags/{tag}/build-changes',
    summary: 'What changed in how the images of a tag were built, move by move, the last first',
    query: contract.buildChangesQuery,
    answer: contract.buildChangeList,
    errors: [400, 404],
    async handle({ viewer, params, query: { cursor, limit } }) {
      const repository = await findRepository(catalogue, viewer, params);
      const tag = params.tag ?? '';
      const after = parseCursor(cursor);
      const page = await changeList.list(repository, {
        tag,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const moves: contract.BuildMove[] = [];
      for (const { before, after: now, movedAt } of page.rows) {
        const { builds, ...said } = await buildChanges.compare(repository, before, now);
        const at = formatInstant(movedAt);
        moves.push({ before, after: now, movedAt: at, ...said, builds: builds.map(shapeCompared) });
      }
      return {
        repository: repository.name,
        tag,
        moves,
        ...(page.next === undefined ? {} : { cursor: formatCursor(page.next) }),
      };
    },
  });
}

function shapeIdentity(one: ListedIdentity): contract.ExpectedIdentity {
  const { firstSeenAt, lastSeenAt, decidedAt, publicKey: _, differences, identity, ...rest } = one;
  return {
    ...rest,
    identity: { ...identity },
    differences: [...differences],
    firstSeenAt: formatInstant(firstSeenAt),
    lastSeenAt: formatInstant(lastSeenAt),
    ...(decidedAt === undefined ? {} : { decidedAt: formatInstant(decidedAt) }),
  };
}

function shapeUnproved({ seenAt, ...rest }: UnprovedSignature): contract.UnprovedSignature {
  return { ...rest, seenAt: formatInstant(seenAt) };
}

function shapeCompared(one: ComparedBuild): contract.BuildMove['builds'][number] {
  const { platforms, before, after, changes, unknowns } = one;
  return {
    platforms: [...platforms],
    ...(before === undefined ? {} : { before: shapeBuild(before) }),
    ...(after === undefined ? {} : { after: shapeBuild(after) }),
    changes: changes.map((change) => ({ ...change })),
    unknowns: [...unknowns],
  };
}

function shapeBuild({ record, proof, signer }: StoredBuild): contract.ShownBuild {
  const { form, builder, buildType, sourceRepository, sourceRef, commit, workflow, isolation, finishedAt } =
    record;
  return {
    form,
    ...omitAbsent({
      builder,
      buildType,
      sourceRepository,
      sourceRef,
      commit,
      workflow,
      isolation,
      finishedAt,
    }),
    proof,
    ...(signer === undefined
      ? {}
      : { signer: { who: describeIdentity(signer.identity), state: signer.state } }),
  };
}

function omitAbsent<T extends object>(parts: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
