// Promise: whatever bytes come, a reader of foreign bytes gives a value or a coded refusal, and ends. The readers are
// found in the house itself, so that a new one is here on the day it is written; one that cannot be called with bytes,
// text or JSON alone says below what it wants.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { sigstoreErrors } from '../src/formats/sigstore/errors.ts';
import { oldMediaTypes } from '../src/formats/sigstore/old-signature.ts';
import { isPlimsollError } from '../src/kit/error.ts';
import { parseJson } from '../src/kit/json.ts';
import { createSeeds } from './fuzz-seed.ts';
import { readHouse, root } from './house.ts';

const WHERE =
  /^src\/(?:formats|engines\/(?:attest|dct|gate|notation|sign|tuf|verify|witness)|io\/(?:keys|parts|sigstore|tuf))\//;
const READER = /^export function ((?:parse|read|decode)\w*)(?:<[^(]*>)?\(\s*([^{]*?)\s*\)(?:: [^\n]*)? \{$/gm;
const FOREIGN = /^\w+\??: (Uint8Array|Buffer|string|unknown|Json\b|JsonObject\b)/;

type Input = { readonly bytes: Buffer; readonly text: string; readonly value: unknown };
type Call = (input: Input) => readonly unknown[];

/** What follows the foreign argument, or all of them. */
const calls: Readonly<Record<string, Call>> = {
  'formats/notation/envelope.ts parseEnvelope': ({ bytes }) => [
    bytes,
    bytes[0] === 0x7b ? 'application/jose+json' : 'application/cose',
  ],
  'formats/notation/payload.ts parsePayload': ({ bytes }) => [
    bytes,
    'application/vnd.cncf.notary.payload.v1+json',
  ],
  'formats/sigstore/predicate-document.ts parsePredicate': ({ bytes, text }) => [bytes, text.slice(0, 30)],
  'formats/sigstore/read-signing-config.ts parseSigningConfig': ({ bytes }) => [
    bytes,
    Date.UTC(2026, 10, 21),
  ],
  'formats/sigstore/rekor.ts parseRekorAnswer': ({ bytes }) => [bytes, sigstoreErrors.bundle_invalid],
  'formats/sigstore/rekor.ts parseOldRekorAnswer': ({ bytes }) => [bytes, sigstoreErrors.bundle_invalid],
  'formats/sigstore/field.ts readFields': ({ value }) => [value, 'here', sigstoreErrors.bundle_invalid],
  'formats/sigstore/old-signature.ts parseOldSignature': ({ bytes, text }) => [oldLayer(bytes, text)],
  'formats/crypto/tile.ts parseTile': ({ bytes }) => [bytes, bytes.byteLength % 257],
  'formats/crypto/tile.ts parseBundle': ({ bytes }) => [bytes, bytes.byteLength % 257],
  'formats/tuf/role-file.ts parseRoleFile': ({ bytes }) => [
    bytes.byteLength % 2 === 0 ? 'root' : 'timestamp',
    bytes,
  ],
  'formats/tuf/role-file.ts readRoleFile': ({ bytes, value }) => [
    bytes.byteLength % 2 === 0 ? 'root' : 'targets',
    value,
  ],
  'formats/notary1/role-file.ts parseRoleFile': ({ bytes }) => [
    bytes,
    bytes.byteLength % 2 === 0 ? 'root' : 'targets/a',
  ],
  'formats/x509/asn1.ts parseAsn1': ({ bytes }) => [bytes, sigstoreErrors.bundle_invalid, 10_000],
  'formats/x509/pem.ts parsePem': ({ text }) => [text, 'CERTIFICATE'],
};

/** Not called here, each with its reason. */
const others: Readonly<Record<string, string>> = {
  'formats/notation/der.ts parseDer':
    'throws a TypeError, which its callers give their codes: timestamp tokens of the Notary Project',
  'formats/archive/tar-header.ts parseTarHeader':
    'wants a block of 512 bytes: src/formats/archive/tar.test.ts',
  'formats/archive/tar-header.ts readSparseSize': 'the same',
  'formats/archive/tar-header.ts readText': 'the same',
};

interface Reader {
  readonly name: string;
  read(input: Input): unknown;
}

const signatures = readHouse()
  .filter(({ path }) => WHERE.test(path))
  .flatMap(({ path, text }) =>
    [...text.matchAll(READER)].map(([, fn = '', parameters = '']) => ({
      path,
      fn,
      name: `${path.slice('src/'.length)} ${fn}`,
      foreign: FOREIGN.exec(parameters)?.[1],
    })),
  );

async function loadReaders(): Promise<readonly Reader[]> {
  const readers: Reader[] = [];
  for (const { path, fn, name, foreign } of signatures) {
    const call = calls[name];
    if (Object.hasOwn(others, name) || (call === undefined && foreign === undefined)) continue;
    const module = await import(pathToFileURL(join(root, path)).href);
    const usual: Call = ({ bytes, text, value }) =>
      foreign === 'string'
        ? [text, 'a file']
        : foreign === 'Uint8Array' || foreign === 'Buffer'
          ? [bytes, 'a file']
          : [value, 'a file'];
    readers.push({ name, read: (input) => module[fn](...(call ?? usual)(input)) });
  }
  return readers;
}

function oldLayer(bytes: Buffer, text: string) {
  return {
    mediaType: bytes.byteLength % 2 === 0 ? oldMediaTypes.simpleSigning : oldMediaTypes.envelope,
    annotations: {
      'dev.cosignproject.cosign/signature': 'AA==',
      'dev.sigstore.cosign/certificate': text.includes('BEGIN') ? text : '',
      'dev.sigstore.cosign/bundle': text,
      'dev.sigstore.cosign/rfc3161timestamp': text,
    },
    bytes,
  };
}

function check(readers: readonly Reader[], bytes: Buffer): void {
  const text = bytes.toString();
  const value = parseJson(text) ?? text;
  for (const { name, read } of readers)
    try {
      read({ bytes, text, value });
    } catch (error) {
      assert.ok(isPlimsollError(error), `${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
}

test('fuzz: the tables name readers that are there', () => {
  const names = new Set(signatures.map(({ name }) => name));
  const stale = [...Object.keys(calls), ...Object.keys(others)].filter((name) => !names.has(name));
  assert.deepEqual(stale, []);
});

test('fuzz: noise, text and JSON make no reader throw what is not coded', async () => {
  const readers = await loadReaders();
  assert.ok(readers.length > 60, `only ${readers.length} readers were found`);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(noise, (bytes) => check(readers, bytes)),
    { numRuns: 150 },
  );
});

test('fuzz: what is near to a document of any kind is read or refused with a code', async () => {
  const readers = await loadReaders();
  const seeds = (await createSeeds()).map((bytes) => Buffer.from(bytes));
  for (const seed of seeds) check(readers, seed);
  const spliced = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.uint8Array({ maxLength: 6 }),
      fc.nat(12),
    )
    .map(([seed, at, put, cut]) => {
      const start = Math.floor(at * seed.byteLength);
      return Buffer.concat([seed.subarray(0, start), put, seed.subarray(start + cut)]);
    });
  fc.assert(
    fc.property(spliced, (bytes) => check(readers, bytes)),
    { numRuns: 300 },
  );
});

test('fuzz: any member of a JSON document may be anything', async () => {
  const readers = await loadReaders();
  const documents = (await createSeeds())
    .map((bytes) => Buffer.from(bytes).toString())
    .filter((text) => parseJson(text) instanceof Object);
  const hostile = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0,
      1e308,
      2 ** 60,
      0.5,
      '',
      'AA==',
      '\u0000',
      '../../etc/passwd',
      [],
      {},
      [[]],
      [null],
      { a: null },
    ),
    fc.jsonValue(),
    fc.string(),
  );
  const changed = fc
    .tuple(fc.constantFrom(...documents), fc.double({ min: 0, max: 1, noNaN: true }), hostile)
    .map(([text, at, value]) => Buffer.from(JSON.stringify(replaceOne(JSON.parse(text), at, value))));
  fc.assert(
    fc.property(changed, (bytes) => check(readers, bytes)),
    { numRuns: 200 },
  );
});

/** The document with the member at this share of all its members replaced. */
function replaceOne(document: object, at: number, value: unknown): object {
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const walk = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      if (holder[key] instanceof Object) walk(holder[key] as Record<string, unknown>);
    }
  };
  walk(document as Record<string, unknown>);
  const place = places[Math.min(places.length - 1, Math.floor(at * places.length))];
  if (place !== undefined) place.holder[place.key] = value;
  return document;
}
