// Which services a client asks, from the configuration alone: the public Sigstore's own, versions, times, selectors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { parseSigningConfig } from './read-signing-config.ts';
import { formatSigningConfig, signingConfigMediaType } from './signing-config.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const invalid = { code: sigstoreErrors.config_invalid.code };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function service(url: string, majorApiVersion: number, operator = url, validFor: object = {}) {
  return { url, majorApiVersion, operator, validFor: { start: '2025-01-01T00:00:00Z', ...validFor } };
}

/** A configuration with one authority and these logs. */
function configOf(rekorTlogUrls: readonly object[], rekorTlogConfig?: object): Uint8Array {
  return bytes({
    mediaType: signingConfigMediaType,
    caUrls: [service('https://ca.example.org/', 1)],
    oidcUrls: [service('https://login.example.org', 1)],
    rekorTlogUrls,
    ...(rekorTlogConfig === undefined ? {} : { rekorTlogConfig }),
    tsaUrls: [service('https://tsa.example.org/api/v1/timestamp', 1)],
  });
}

test('signing configuration: what an instance writes is read', () => {
  const validity = { startMs: NOW - 1_000 };
  const at = (url: string, apiVersion: number) => ({ url, apiVersion, validity, operator: 'example.org' });
  const config = formatSigningConfig({
    certificateAuthorities: [at('https://example.org/trust/ca', 1)],
    identityProviders: [at('https://example.org', 1)],
    logs: [at('https://example.org/trust/log', 2)],
    timestampAuthorities: [at('https://example.org/trust/tsa/api/v1/timestamp', 1)],
  });
  assert.deepEqual(parseSigningConfig(config, NOW), {
    certificateAuthority: 'https://example.org/trust/ca',
    identityProvider: 'https://example.org',
    logs: [{ url: 'https://example.org/trust/log', version: 2 }],
    timestampAuthorities: ['https://example.org/trust/tsa/api/v1/timestamp'],
  });
});

test('signing configuration: the newest version that is known, valid now, one for each operator', () => {
  const logs = (...one: Parameters<typeof configOf>) => parseSigningConfig(configOf(...one), NOW).logs;
  const old = service('https://one.example.org', 1, 'one');
  const tiles = service('https://tiles.example.org', 2, 'one');
  const next = service('https://next.example.org', 2, 'one', { start: '2027-01-01T00:00:00Z' });
  const ended = service('https://ended.example.org', 2, 'one', { end: '2026-01-01T00:00:00Z' });
  const future = service('https://future.example.org', 3, 'one');
  const other = service('https://other.example.org', 2, 'other');
  const of = (...urls: string[]) => urls.map((url) => ({ url, version: 2 }));
  assert.deepEqual(logs([old, tiles, next, ended, future]), of('https://tiles.example.org'));
  assert.deepEqual(logs([old]), [{ url: 'https://one.example.org', version: 1 }]);
  assert.deepEqual(logs([tiles, other]), of('https://tiles.example.org'));
  const both = of('https://tiles.example.org', 'https://other.example.org');
  assert.deepEqual(logs([tiles, old, other], { selector: 'ALL' }), both);
  assert.deepEqual(logs([tiles, other], { selector: 'EXACT', count: 2 }), both);
  assert.throws(() => logs([tiles, old], { selector: 'EXACT', count: 2 }), {
    ...invalid,
    message: /wants 2 operators, and the configuration has 1/,
  });
});

test('signing configuration: what is none is refused, and says where', () => {
  for (const [config, where] of [
    [bytes({}), /mediaType/],
    [bytes({ mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' }), /version 0.1/],
    [configOf([{ ...service('ftp://x', 2) }]), /rekorTlogUrls\[0\].url/],
    [configOf([{ url: 'https://x.example.org', majorApiVersion: 2 }]), /validFor.start/],
    [configOf([], { selector: 'SOME' }), /rekorTlogConfig/],
    [new Uint8Array(limits.signingConfigBytes + 1), /larger/],
  ] as const)
    assert.throws(() => parseSigningConfig(config, NOW), { ...invalid, message: where });
});

test('signing configuration: any bytes are read or refused', () => {
  const services = fc.array(fc.record({ url: fc.webUrl(), majorApiVersion: fc.anything() }));
  const almost = fc.record({ mediaType: fc.constant(signingConfigMediaType), caUrls: services });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.oneof(fc.jsonValue(), almost).map(bytes)), (config) => {
      try {
        parseSigningConfig(config, NOW);
      } catch (error) {
        assert.ok(isPlimsollError(error, invalid), String(error));
      }
    }),
  );
});
