// Somebody who speaks to the API and to /token with a login of their own.
import assert from 'node:assert/strict';
import { type AnswerCheck, createAnswerCheck, type OpenApi } from './answers.ts';
import type { ProductWorld } from './product.ts';

export interface Person {
  readonly authorization: string;
  /** The answer's JSON, as the API's document has it; the status must be this one. */
  call<T = Record<string, unknown>>(method: string, path: string, status: number, body?: unknown): Promise<T>;
  /** A bearer token for the scope, or the status where there is none. */
  token(scope: string): Promise<string>;
  /** The status of an upload's start, after asking for a token as clients do: 202 where one may push. */
  push(repository: string): Promise<number>;
  /** The status of the tags list, after asking for a token as clients do. */
  pull(repository: string): Promise<number>;
}

/** By name and password or token; nobody where no name is given. */
export function personIn(world: ProductWorld, name?: string, secret = ''): Person {
  const authorization =
    name === undefined ? '' : `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  const login: Record<string, string> = authorization === '' ? {} : { authorization };

  let check: Promise<AnswerCheck> | undefined;

  async function token(scope: string): Promise<string> {
    const path = `/token?service=plimsoll&scope=${encodeURIComponent(scope)}`;
    const answer = await world.send('GET', path, { headers: login });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return (JSON.parse(text) as { token: string }).token;
  }

  async function registry(method: string, path: string, scope: string): Promise<number> {
    const headers = { authorization: `Bearer ${await token(scope)}` };
    const answer = await world.send(method, path, { headers });
    await answer.body?.cancel();
    return answer.status;
  }

  return {
    authorization,
    async call<T>(method: string, path: string, status: number, body?: unknown) {
      const answer = await world.send(method, path, {
        headers: login,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      assert.equal(answer.status, status, `${method} ${path} as ${name ?? 'nobody'}: ${text}`);
      check ??= readCheck(world);
      // Anybody may be slowed or unknown anywhere: the document does not tell these of each route.
      if (status !== 401 && status !== 429) (await check)(method, path, answer, text);
      return JSON.parse(text) as T;
    },
    token,
    push: (repository) =>
      registry('POST', `/v2/${repository}/blobs/uploads/`, `repository:${repository}:pull,push`),
    pull: (repository) => registry('GET', `/v2/${repository}/tags/list`, `repository:${repository}:pull`),
  };
}

async function readCheck(world: ProductWorld): Promise<AnswerCheck> {
  const document = await (await world.send('GET', '/api/v1/openapi.json')).json();
  return createAnswerCheck(document as OpenApi);
}
