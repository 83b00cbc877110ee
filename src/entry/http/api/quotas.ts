// Quotas of namespaces: what one holds, for who has a role in it; what it may hold, for administrators.
import type { Access } from '../../../services/hub/access.ts';
import type { Quotas } from '../../../services/registry/quotas.ts';
import * as contract from '../contract-quota.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface QuotaRouteParts {
  readonly access: Access;
  readonly quotas: Quotas;
}

const PATH = '/api/v1/namespaces/{namespace}';

export function createQuotaRoutes({ access, quotas }: QuotaRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: `${PATH}/usage`,
      summary: 'What a namespace holds, to the byte, and its quota; for who has a role in it',
      answer: contract.namespaceUsage,
      errors: [401, 403],
      handle: async ({ viewer, params }) =>
        quotas.find(await access.checkNamespace(viewer, 'pull', params.namespace ?? '')),
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/quota`,
      summary: 'Says how many bytes a namespace may hold; what it holds already stays',
      isForAdministrators: true,
      body: contract.quotaWish,
      answer: contract.namespaceUsage,
      errors: [400, 401, 403],
      handle: async ({ viewer, params, body }) =>
        quotas.set(access.checkAdministrator(viewer), params.namespace ?? '', body.quotaBytes),
    }),
  ];
}
