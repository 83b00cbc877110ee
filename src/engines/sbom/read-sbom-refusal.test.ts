import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { createCyclonedxDocument } from './cyclonedx.ts';
import { createSampleInventory, sampleDetails } from './inventory.fixture.ts';
import { cyclonedx, read, spdx, whys } from './read-sbom.fixture.ts';
import { readSbom } from './read-sbom.ts';
import { createSpdxDocument } from './spdx.ts';

const writers = [createSpdxDocument, createCyclonedxDocument];

test('sbom: another kind, another version, a cut or a hostile document are coded errors', () => {
  const text = (content: string) => () => readSbom(Buffer.from(content));
  const unsupported = [
    '<?xml version="1.0"?><bom/>',
    'SPDXVersion: SPDX-2.3\n',
    '{"spdxVersion":"SPDX-2.1"}',
    '{"bomFormat":"CycloneDX","specVersion":"1.3"}',
    '{"bomFormat":"CycloneDX"}',
    '{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}',
    JSON.stringify(cyclonedx(new Array(limits.sbomPackages + 1).fill(0))),
    JSON.stringify(spdx(new Array(limits.sbomPackages + 1).fill(0))),
  ];
  for (const content of unsupported)
    assert.throws(text(content), { code: 'sbom.unsupported' }, content.slice(0, 60));
  const whole = JSON.stringify(createSpdxDocument(createSampleInventory(), sampleDetails));
  const invalid = [
    '',
    'null',
    '[]',
    '{}',
    'hello',
    '{"Results":[]}',
    whole.slice(0, -1),
    '['.repeat(1_000_000),
    `{"spdxVersion":"SPDX-2.3","x":${'['.repeat(256)}${']'.repeat(256)}}`,
    '{"spdxVersion":"SPDX-2.3","packages":{}}',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":7}',
    `{"bomFormat":"CycloneDX","specVersion":"1.6","components":${'[{"components":'.repeat(70)}[]${'}]'.repeat(70)}}`,
  ];
  for (const content of invalid) assert.throws(text(content), { code: 'sbom.invalid' }, content.slice(0, 60));
  assert.throws(() => readSbom(Buffer.from([0xff, 0xfe])), { code: 'sbom.invalid' });
  assert.throws(() => readSbom(new Uint8Array(limits.sbomBytes + 1)), {
    code: 'sbom.unsupported',
    message: /67\.1 MB, over the limit of 67\.1 MB/,
  });
  const deepest = `{"spdxVersion":"SPDX-2.3","x\\"[":${'['.repeat(255)}"${'['.repeat(300)}"${']'.repeat(255)}}`;
  assert.equal(readSbom(Buffer.from(deepest)).format, 'SPDX 2.3');
  const most = read(spdx(new Array(limits.sbomPackages).fill(0))).inventory;
  assert.match(whys(most)[0] ?? '', /^250000 of its packages cannot be read/);
});

test('sbom: no JSON makes anything but an inventory or a coded error', () => {
  const seeds: Json[] = [
    ...writers.map((write) => JSON.parse(JSON.stringify(write(createSampleInventory(), sampleDetails)))),
    {
      artifacts: [{ purl: 'pkg:npm/x@1', locations: [{}], licenses: [{}] }],
      distro: {},
      source: {},
      schema: {},
    },
    { predicateType: 'https://spdx.dev/Document', subject: [{}], predicate: {} },
    { payloadType: 'application/vnd.in-toto+json', payload: 'e30=' },
  ];
  const members = [
    'purl',
    'name',
    'version',
    'components',
    'packages',
    'licenses',
    'properties',
    'spdxVersion',
  ];
  const value = fc.jsonValue() as fc.Arbitrary<Json>;
  const mutated = fc.tuple(fc.constantFrom(...seeds), fc.infiniteStream(fc.nat(40)), value).map(spoil);
  const invented = fc.dictionary(fc.constantFrom(...members, 'bomFormat', 'specVersion', 'artifacts'), value);
  fc.assert(
    fc.property(fc.oneof(mutated, mutated, invented, value), (document) => {
      try {
        const { inventory } = read(document);
        assert.ok(inventory.packages.every(({ purl }) => purl.startsWith('pkg:')));
      } catch (error) {
        if (!isPlimsollError(error)) throw error;
        assert.match(error.code, /^sbom\./);
      }
    }),
    { numRuns: 1000 },
  );
});

/** One member somewhere in the document becomes another value, or goes. */
function spoil([seed, choices, value]: [Json, Iterator<number>, Json]): Json {
  const next = (below: number): number => (choices.next().value as number) % below;
  const walk = (node: Json): Json => {
    if (typeof node !== 'object' || node === null) return value;
    const keys = Object.keys(node);
    if (keys.length === 0 || next(12) === 0) return value;
    const key = keys[next(keys.length)] as string;
    const child = walk((node as Record<string, Json>)[key] as Json);
    if (Array.isArray(node)) return node.map((one, at) => (String(at) === key ? child : one)) as Json;
    return { ...(node as Record<string, Json>), [key]: child };
  };
  return walk(seed);
}
