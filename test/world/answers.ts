// Checks the API's answers against the document that the server itself hands out: every JSON answer that a flow
// gets passes the schema of its route and status, no member missing and none too many.
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Operation {
  readonly responses: Readonly<Record<string, { content: Readonly<Record<string, { schema?: object }>> }>>;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}

/** Throws where an answer is not as the document says. */
export type AnswerCheck = (method: string, path: string, response: Response, text: string) => void;

export function createAnswerCheck(document: OpenApi): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // ajv-formats is CommonJS: its function is the default of its default.
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(document, 'openapi');
  const compiled = new Map<string, ValidateFunction>();
  return (method, path, response, text) => {
    const { pathname } = new URL(path, 'http://localhost');
    const route = Object.keys(document.paths).find((one) => patternOf(one).test(pathname));
    if (route === undefined) return;
    const { status } = response;
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const told = document.paths[route]?.[method.toLowerCase()]?.responses[String(status)];
    assert.ok(told, `${method} ${route} answers ${status}, which the document does not tell: ${text}`);
    const content = told.content[mediaType];
    assert.ok(
      content,
      `${method} ${route} answers ${status} as ${mediaType}, which the document does not tell`,
    );
    if (content.schema === undefined) return;
    const pointer = [route, method.toLowerCase(), String(status), mediaType];
    const key = pointer.join(' ');
    const validate = compiled.get(key) ?? ajv.compile({ $ref: `openapi${pointerTo(pointer)}` });
    compiled.set(key, validate);
    assert.ok(
      validate(JSON.parse(text)),
      `${key}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 2_000)}`,
    );
  };
}

/** The addresses of a route; a name may hold slashes, but no part of it begins with a `-`. */
export function patternOf(route: string): RegExp {
  const parts = route
    .replace(/[.]/g, '\\$&')
    .replace('{name}', '(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*')
    .replace('{reference}', '[^/]+')
    .replace('{tag}', '[^/]+')
    .replace('{id}', '[0-9a-f-]+')
    .replace(/\{\w+\}/g, '[a-z0-9._-]+');
  return new RegExp(`^${parts}$`);
}

function pointerTo([route, method, status, mediaType]: readonly string[]): string {
  const steps = ['paths', route, method, 'responses', status, 'content', mediaType, 'schema'];
  return `#/${steps.map((step) => encodeURIComponent(String(step).replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`;
}
