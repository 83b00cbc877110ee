import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Distribution } from '../sbom/inventory.ts';
import { inventoryOf, packageOf } from './advisory.fixture.ts';
import { inventoryKeys, lookupOf, scopeOf } from './scope.ts';

test('scope: distributions by release, and none without a number', () => {
  const cases: readonly (readonly [Distribution, string | undefined])[] = [
    [{ id: 'debian', versionId: '12' }, 'debian:12'],
    [{ id: 'debian', versionId: '10.3' }, 'debian:10'],
    [{ id: 'debian', codename: 'forky' }, undefined],
    [{ id: 'alpine', versionId: '3.11.6' }, 'alpine:v3.11'],
    [{ id: 'alpine', versionId: '3.23_alpha20250612' }, 'alpine:edge'],
    [{ id: 'ubuntu', versionId: '24.04' }, 'ubuntu:24.04'],
    [{ id: 'wolfi', versionId: '' }, undefined],
  ];
  for (const [distribution, expected] of cases) assert.equal(scopeOf(distribution), expected);
});

test('scope: Debian by source package, Alpine by origin, each with that version', () => {
  const libc = packageOf('deb', 'libc6', '2.36-9+b1', { source: { name: 'glibc', version: '2.36-9' } });
  assert.deepEqual(lookupOf(libc, { id: 'debian', versionId: '12' }), {
    kind: 'key',
    scope: 'debian:12',
    name: 'glibc',
    version: '2.36-9',
  });
  assert.deepEqual(lookupOf(packageOf('apk', 'musl', '1.2.4-r2'), { id: 'alpine', versionId: '3.19.1' }), {
    kind: 'key',
    scope: 'alpine:v3.19',
    name: 'musl',
    version: '1.2.4-r2',
  });
});

test('scope: what cannot be looked up is a gap that says why', () => {
  const libc = packageOf('deb', 'libc6', '2.36-9');
  const rolling = { id: 'debian', prettyName: 'Debian GNU/Linux forky/sid' };
  const cases: readonly (readonly [Parameters<typeof lookupOf>, RegExp])[] = [
    [[libc, undefined], /does not say which distribution/],
    [[libc, rolling], /forky\/sid has no release number/],
    [[packageOf('deb', 'x', ''), { id: 'debian', versionId: '12' }], /no version/],
    [[packageOf('npm', 'x', ''), undefined], /no version/],
    [[packageOf('golang', 'example.org/app', '', { role: 'main' }), undefined], /without a version/],
    [[packageOf('golang', 'example.org/app', '(devel)', { role: 'main' }), undefined], /without a version/],
    [[packageOf('golang', 'stdlib', '', { role: 'stdlib' }), undefined], /toolchain is not a released one/],
  ];
  for (const [[pkg, distribution], why] of cases) {
    const lookup = lookupOf(pkg, distribution);
    assert.equal(lookup.kind, 'gap');
    assert.match(lookup.kind === 'gap' ? lookup.why : '', why);
  }
});

test('scope: Go modules are looked up without the v, the standard library as it is', () => {
  const version = (name: string, text: string, role: 'stdlib' | 'dependency') => {
    const lookup = lookupOf(packageOf('golang', name, text, { role }), undefined);
    return lookup.kind === 'key' ? `${lookup.scope} ${lookup.name} ${lookup.version}` : undefined;
  };
  assert.equal(
    version('example.org/m', 'v1.2.3+incompatible', 'dependency'),
    'go example.org/m 1.2.3+incompatible',
  );
  assert.equal(version('stdlib', '1.23.0-rc.1', 'stdlib'), 'go stdlib 1.23.0-rc.1');
});

test('scope: an inventory is indexed by each key once, gaps by none', () => {
  const packages = [
    packageOf('deb', 'libc6', '1', { source: { name: 'glibc', version: '1' } }),
    packageOf('deb', 'libc-bin', '1', { source: { name: 'glibc', version: '1' } }),
    packageOf('npm', 'lodash', '4.0.0'),
    packageOf('golang', 'example.org/app', ''),
  ];
  assert.deepEqual(inventoryKeys(inventoryOf(packages)), [
    { scope: 'debian:12', name: 'glibc' },
    { scope: 'npm', name: 'lodash' },
  ]);
});
