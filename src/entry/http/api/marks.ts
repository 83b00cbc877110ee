// Verdicts for gates, the marks of an image, revocations, and the policy that marks are made by. A verdict of what is
// not for the asker to see is that of what is not there.
import { digestPolicy, formatPolicy, type Policy } from '../../../engines/policy/policy.ts';
import { parseDigest } from '../../../formats/oci/digest.ts';
import { checkRepositoryName, checkTag } from '../../../formats/oci/reference.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import type { Access, Principal } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { MarkList } from '../../../services/trust/mark-list.ts';
import type { Mark } from '../../../services/trust/mark-row.ts';
import { policyPath } from '../../../services/trust/mark-statement.ts';
import type { StandingRevocation } from '../../../services/trust/revocation-row.ts';
import type { Revocation, Revocations } from '../../../services/trust/revocations.ts';
import type { Verdicts } from '../../../services/trust/verdicts.ts';
import * as contract from '../contract-mark.ts';
import * as verdict from '../contract-verdict.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface MarkRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly verdicts: Verdicts;
  readonly markList: MarkList;
  readonly revocations: Revocations;
  /** In force. */
  readonly policy: Policy;
}

export function createMarkRoutes(parts: MarkRouteParts): readonly ApiRoute[] {
  return [...verdictRoutes(parts), ...markRoutes(parts), ...revocationRoutes(parts)];
}

function verdictRoutes(parts: MarkRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/verdict',
      summary: 'Whether an image may be used, as gates ask: NAME:TAG or NAME@DIGEST',
      query: verdict.verdictQuery,
      answer: verdict.imageVerdict,
      errors: [400],
      handle: ({ viewer, query }) => readVerdict(parts, viewer, query.image),
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/verdicts',
      summary: 'The same for several images at once',
      body: verdict.verdictWish,
      answer: verdict.verdictList,
      errors: [400],
      async handle({ viewer, body }) {
        const verdicts: verdict.ImageVerdict[] = [];
        for (const image of body.images) verdicts.push(await readVerdict(parts, viewer, image));
        return { verdicts };
      },
    }),
  ];
}

async function readVerdict(
  { access, catalogue, verdicts }: MarkRouteParts,
  viewer: Principal,
  image: string,
): Promise<verdict.ImageVerdict> {
  const { repository, reference } = parseImageName(image);
  // Who may pull it may know: a gate's login is often for some repositories alone, and a part's always for pulling.
  const mayPull = (await access.grant(viewer, 'pull', repository)) !== undefined;
  const found = mayPull ? await catalogue.findRepository('product', repository) : undefined;
  const { digest, result, policy, reasons, mark, revoked } = await verdicts.readVerdict(found, reference);
  return {
    image,
    repository,
    ...(digest === undefined ? {} : { digest }),
    result,
    policy,
    reasons: [...reasons],
    ...(mark === undefined ? {} : { mark: shapeMark(mark) }),
    ...(revoked === undefined ? {} : { revoked: shapeRevoked(revoked) }),
  };
}

/** NAME:TAG, NAME@DIGEST; a tag beside a digest does not count. `oci.*_invalid` */
function parseImageName(text: string): { readonly repository: string; readonly reference: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':');
  const repository = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? 'latest' : named.slice(colon + 1);
  checkRepositoryName(repository);
  checkTag(tag);
  return { repository, reference: at < 0 ? tag : parseDigest(text.slice(at + 1)) };
}

function markRoutes({ catalogue, markList, policy }: MarkRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/images/{reference}/marks',
      summary: 'What was signed of an image over time, the last first, and whether it is revoked',
      answer: verdict.markList,
      errors: [404],
      async handle({ viewer, params }) {
        const repository = await findRepository(catalogue, viewer, params);
        const reference = params.reference ?? '';
        const found = await markList.list(repository, reference);
        if (found === undefined)
          throw hubErrors.image_missing(`${repository.name} has no "${reference.slice(0, 128)}"`);
        const { digest, marks, revoked } = found;
        return {
          repository: repository.name,
          digest,
          marks: marks.map(shapeMark),
          ...(revoked === undefined ? {} : { revoked: shapeRevoked(revoked) }),
        };
      },
    }),
    jsonRoute({
      method: 'get',
      path: policyPath,
      summary: 'The policy in force, as marks name it',
      answer: verdict.policyInForce,
      errors: [],
      handle: async () => ({
        name: policy.name,
        digest: digestPolicy(policy),
        text: formatPolicy(policy),
      }),
    }),
  ];
}

function revocationRoutes({ catalogue, access, revocations }: MarkRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/trust/revocations',
      summary: 'What was taken back and what of it was undone, as signed statements in their order',
      query: contract.revocationQuery,
      answer: contract.revocationList,
      errors: [400],
      async handle({ viewer, query }) {
        const { digest, ...page } = query;
        const found = await revocations.list(viewer, { ...page, digests: digest.map(parseDigest) });
        return { revocations: found.revocations.map(shapeRevocation), next: found.next };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/repositories/{name}/-/revocations',
      summary: 'Revokes a digest in a repository, or undoes that, by a signed statement; for its maintainers',
      body: contract.revocationWish,
      answer: contract.revocation,
      status: 201,
      errors: [400, 401, 403, 404, 409, 503],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        const { digest, action, why } = body;
        return shapeRevocation(await revocations.setDigest(grant, parseDigest(digest), { action, why }));
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/revocations',
      summary: 'Revokes a key, a certificate, an identity, or a digest everywhere, or undoes that',
      isForAdministrators: true,
      body: contract.thingRevocationWish,
      answer: contract.revocation,
      status: 201,
      errors: [400, 401, 403, 409, 503],
      async handle({ viewer, body: { from, ...wish } }) {
        const grant = access.checkAdministrator(viewer);
        const since = from === undefined ? {} : { fromMs: Date.parse(from) };
        return shapeRevocation(await revocations.setThing(grant, { ...wish, ...since }));
      },
    }),
  ];
}

function shapeMark({ at, endedAt, fingerprint: _, policy, ...rest }: Mark): verdict.Mark {
  return {
    ...rest,
    policy: { ...policy },
    at: formatInstant(at),
    ...(endedAt === undefined ? {} : { endedAt: formatInstant(endedAt) }),
  };
}

function shapeRevoked({ at, why, who, isEverywhere }: StandingRevocation): verdict.Revoked {
  return { at: formatInstant(at), why, by: who, isEverywhere };
}

function shapeRevocation({ at, fromMs, bundle, ...rest }: Revocation): contract.Revocation {
  const value = parseJson(decodeUtf8(bundle) ?? '');
  return {
    ...rest,
    at: formatInstant(at),
    ...(fromMs === undefined ? {} : { from: formatInstant(fromMs) }),
    bundle: isJsonObject(value) ? value : {},
  };
}
