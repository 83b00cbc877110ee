// The OpenAPI 3.1 document of the API, made from the same list of routes that the router serves and the same
// schemas that validate; shapes with an id stand once, under components.
import { z } from 'zod';
import * as contract from '../contract.ts';
import * as certificates from '../contract-certificate.ts';
import * as comparisons from '../contract-comparison.ts';
import * as damage from '../contract-damage.ts';
import * as identities from '../contract-identity.ts';
import * as keys from '../contract-key.ts';
import * as marks from '../contract-mark.ts';
import * as parts from '../contract-part.ts';
import * as pulls from '../contract-pull.ts';
import * as quotas from '../contract-quota.ts';
import * as retention from '../contract-retention.ts';
import * as rights from '../contract-rights.ts';
import * as signatures from '../contract-signature.ts';
import * as storage from '../contract-storage.ts';
import * as tags from '../contract-tag.ts';
import * as trust from '../contract-trust.ts';
import * as verdicts from '../contract-verdict.ts';
import * as webhooks from '../contract-webhook.ts';
import { listApiRoutes, type RouteParts } from './all.ts';
import type { ApiRoute } from './route.ts';

export const openapiPath = '/api/v1/openapi.json';

type Schema = Readonly<Record<string, unknown>>;

/** The document; needs no running server. */
export function createOpenApi(version: string): Schema {
  // Describing a route runs no handler, so that none of what handlers need is needed.
  const routes = listApiRoutes({} as RouteParts);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    (paths[route.path] as Record<string, unknown>)[route.method] = describeRoute(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Plimsoll',
      version,
      summary: 'What is in the images of this server, what is wrong with it, and what the policy says',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function describeRoute(route: ApiRoute): Schema {
  const status = String(route.status ?? 200);
  const content = Array.isArray(route.answer)
    ? Object.fromEntries((route.answer as string[]).map((type) => [type, {}]))
    : { 'application/json': { schema: referenceTo(route.answer as z.ZodType) } };
  const responses: Record<string, Schema> = { [status]: { description: route.summary, content } };
  // Not ready is told in the same shape as ready.
  if (route.answer === contract.readiness) responses['503'] = { description: 'Not ready', content };
  const problem = { 'application/problem+json': { schema: referenceTo(contract.problem) } };
  for (const code of [...route.errors, ...(route.body === undefined ? [] : [413])])
    responses[String(code)] = { description: ERRORS[code] ?? 'A problem', content: problem };
  return {
    summary: route.summary,
    operationId: operationId(route),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: referenceTo(route.body) } },
          },
        }),
    responses,
    ...(route.isForAdministrators === true ? { security: [{ basic: [] }, { bearer: [] }] } : {}),
  };
}

const ERRORS: Readonly<Record<number, string>> = Object.freeze({
  400: 'A parameter cannot be read',
  401: 'A login is needed',
  403: 'Not for this account',
  404: 'There is no such thing, or it is not for the sender',
  409: 'Not as things are',
  413: 'More was sent than is taken',
  429: 'Over a limit',
});

function operationId({ method, path }: ApiRoute): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api' && word !== 'v1');
  return [method, ...words].join('_');
}

function pathParameters(path: string): readonly Schema[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: PARAMETERS[name as string] ?? '',
    schema: { type: 'string' },
  }));
}

const PARAMETERS: Readonly<Record<string, string>> = Object.freeze({
  name: 'A repository’s name; its slashes stand as they are',
  reference: 'A tag or a digest',
  tag: 'A tag',
  id: 'As its list shows it',
  namespace: 'The first part of repositories’ names: an account or an organisation',
  account: 'An account’s name',
  team: 'A team’s name',
  robot: 'A robot’s name, without its namespace',
  kind: '`account`, `team` or `robot`',
  subject: 'Its name',
});

function queryParameters(query: z.ZodObject | undefined): readonly Schema[] {
  if (query === undefined) return [];
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !(schema as z.ZodType).safeParse(undefined).success,
    schema: withoutDialect(z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' })),
  }));
}

/** Every shape of the contract that has an id. */
function componentSchemas(): Readonly<Record<string, Schema>> {
  const registry = z.registry<{ id: string }>();
  const shapes = {
    ...contract,
    ...certificates,
    ...damage,
    ...comparisons,
    ...identities,
    ...keys,
    ...marks,
    ...parts,
    ...pulls,
    ...quotas,
    ...trust,
    ...retention,
    ...rights,
    ...signatures,
    ...storage,
    ...tags,
    ...verdicts,
    ...webhooks,
  };
  for (const value of Object.values(shapes)) {
    const id = idOf(value);
    if (id !== undefined && value instanceof z.ZodType) registry.add(value, { id });
  }
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]));
}

function referenceTo(schema: z.ZodType): Schema {
  const id = idOf(schema);
  return id === undefined ? withoutDialect(z.toJSONSchema(schema)) : { $ref: `#/components/schemas/${id}` };
}

function idOf(value: unknown): string | undefined {
  const id = value instanceof z.ZodType ? value.meta()?.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function withoutDialect(schema: object): Schema {
  const { $schema: _, $id: __, ...rest } = schema as Record<string, unknown>;
  return rest;
}
