// One forge's adapter on a server of loopback, with a fixed moment and waits that are only noted.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  type ForgeOptions,
  type ForgeServer,
  project,
  pullNumber,
  startForge,
} from '../../../test/world/forges.ts';
import { formatMarker } from '../../formats/markdown/marker.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import type { Forge, ForgeDeps, ForgeKind, ForgeTarget } from './forge.ts';

export type OpenForge = (target: ForgeTarget, deps: ForgeDeps) => Forge;

export interface SceneOptions extends ForgeOptions {
  readonly target?: Partial<ForgeTarget>;
  /** Another than the server knows. */
  readonly sentToken?: string;
  readonly signal?: AbortSignal;
}

export interface ForgeScene {
  readonly server: ForgeServer;
  readonly forge: Forge;
  /** How long it was waited, each time. */
  readonly waits: number[];
}

/** The moment at which tests take place. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const MARKER = formatMarker('inspect', false);

/** A server and the adapter on it. */
export async function openScene(
  t: TestContext,
  kind: ForgeKind,
  open: OpenForge,
  options: SceneOptions = {},
): Promise<ForgeScene> {
  const server = await startForge(kind, options);
  t.after(() => server[Symbol.asyncDispose]());
  const waits: number[] = [];
  const deps = {
    http: createClient(t, server),
    clock: { now: () => NOW },
    random: { uuid: () => '', bytes: (sizeBytes: number) => new Uint8Array(sizeBytes).fill(255) },
    token: options.sentToken ?? server.token,
    wait: async (delayMs: number) => void waits.push(delayMs),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const target = { apiUrl: server.apiUrl, project, number: pullNumber, ...options.target };
  return { server, forge: open(target, deps), waits };
}

/** The real client; it loses patience soon only with an answer that is known to have no end. */
function createClient(t: TestContext, server: ForgeServer): Http {
  const http = createHttp({
    clock: { now: () => NOW },
    random: { uuid: () => '', bytes: (sizeBytes) => new Uint8Array(sizeBytes) },
    log: silentLog,
    userAgent: 'plimsoll/test',
  });
  t.after(() => http[Symbol.asyncDispose]());
  return {
    ...http,
    request(wanted) {
      const isSilent = server.isSilentFor(wanted.method ?? 'GET', new URL(wanted.url).pathname);
      return http.request(isSilent ? { ...wanted, timeoutMs: 50 } : wanted);
    },
  };
}

/** For `assert.rejects`: the code, and no token in what is said. */
export const code = (factory: { readonly code: string }) => (error: PlimsollError) => {
  assert.equal(error.code, factory.code, error.message);
  assert.ok(!`${error.message} ${error.hint}`.includes('s3cret'), 'a token is never said');
  return true;
};
