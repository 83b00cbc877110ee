import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { type BomVulnerability, createCyclonedxDocument } from './cyclonedx.ts';
import { createSampleInventory, sampleDetails } from './inventory.fixture.ts';

const inventory = createSampleInventory();
const libc = inventory.packages.find(({ name }) => name === 'libc6');
const vulnerability: BomVulnerability = {
  id: 'CVE-2024-2961',
  source: { name: 'debian', url: 'https://security-tracker.debian.org/tracker/CVE-2024-2961' },
  aliases: ['DSA-5673-1'],
  severity: 'high',
  score: 7.3,
  vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L',
  severityBy: 'cvss',
  description: 'iconv() overflow',
  recommendation: 'Upgrade libc6 to 2.36-9+deb12u6',
  url: 'https://security-tracker.debian.org/tracker/CVE-2024-2961',
  affects: [
    {
      purl: libc?.purl ?? '',
      version: libc?.version ?? '',
      comparison: '2.36-9+deb12u3 < 2.36-9+deb12u6 (deb)',
    },
  ],
};

// CycloneDX's own schemas, as its library ships them (its validator wants a further package for two formats).
const schemas = new URL('../../../node_modules/@cyclonedx/cyclonedx-library/res/schema/', import.meta.url);
const readSchema = (name: string): object => JSON.parse(readFileSync(new URL(name, schemas), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
ajv.addFormat('iri-reference', (text) => URL.canParse(text, 'https://base.example/'));
for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
  ajv.addSchema(readSchema(name), `http://cyclonedx.org/schema/${name}`);
}
const isValid = ajv.compile(readSchema('bom-1.6.SNAPSHOT.schema.json'));

function problems(document: unknown): unknown {
  return isValid(JSON.parse(JSON.stringify(document))) ? null : isValid.errors;
}

test('cyclonedx: valid by the 1.6 schema, with and without vulnerabilities', () => {
  assert.equal(problems(createCyclonedxDocument(inventory, sampleDetails)), null);
  const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
  const vulnerabilities = severities.map(
    (severity): BomVulnerability => ({ ...vulnerability, id: `X-${severity}`, severity }),
  );
  const vectors = ['CVSS:4.0/AV:N', 'CVSS:3.0/AV:N', 'AV:N/AC:L/Au:N', 'odd'].map(
    (vector): BomVulnerability => ({ ...vulnerability, id: `X-${vector}`, vector }),
  );
  const bare: BomVulnerability = {
    id: 'Y',
    source: { name: 'alpine' },
    severity: 'unknown',
    affects: [{ purl: 'pkg:apk/a', version: '' }],
  };
  assert.equal(
    problems(createCyclonedxDocument(inventory, sampleDetails, [...vulnerabilities, ...vectors, bare])),
    null,
  );
});

test('cyclonedx: the validator sees what is wrong', () => {
  const good = createCyclonedxDocument(inventory, sampleDetails, [vulnerability]);
  for (const wrong of [
    { ...good, bomFormat: 'Cyclone' },
    { ...good, serialNumber: 'urn:uuid:x' },
    { ...good, components: [{ type: 'library' }] },
    { ...good, vulnerabilities: [{ id: 'X', ratings: [{ severity: 'negligible' }] }] },
  ]) {
    assert.notEqual(problems(wrong), null);
  }
});

test('cyclonedx: components carry evidence and references hold', () => {
  const document = JSON.parse(
    JSON.stringify(createCyclonedxDocument(inventory, sampleDetails, [vulnerability])),
  );
  const component = document.components.find((one: { name: string }) => one.name === 'libc6');
  assert.deepEqual(component.evidence.occurrences[0].location, 'var/lib/dpkg/status');
  assert.ok(component.properties.some((one: { value: string }) => one.value === 'glibc'));
  const scoped = document.components.find((one: { name: string }) => one.name === 'n');
  assert.equal(scoped.group, '@s');
  assert.deepEqual(scoped.licenses, [{ expression: '(MIT OR Apache-2.0)', acknowledgement: 'declared' }]);
  const references = new Set(document.components.map((one: { 'bom-ref': string }) => one['bom-ref']));
  assert.equal(references.size, document.components.length);
  assert.ok(references.has(document.vulnerabilities[0].affects[0].ref));
  for (const ref of document.dependencies[0].dependsOn) assert.ok(references.has(ref), ref);
  assert.equal(document.compositions[0].aggregate, 'incomplete');
  assert.ok(document.metadata.properties.some((one: { name: string }) => one.name === 'plimsoll:unknown'));
});

test('cyclonedx: "none found" differs from "not asked", and the same input gives the same document', () => {
  assert.equal(createCyclonedxDocument(inventory, sampleDetails).vulnerabilities, undefined);
  assert.deepEqual(createCyclonedxDocument(inventory, sampleDetails, []).vulnerabilities, []);
  const write = () =>
    JSON.stringify(createCyclonedxDocument(createSampleInventory(), sampleDetails, [vulnerability]));
  assert.equal(write(), write());
});
