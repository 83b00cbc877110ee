import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inventoryOf, packageOf, recordOf, storeOf } from './advisory.fixture.ts';
import { groupByFix } from './group-by-fix.ts';
import { matchInventory } from './match.ts';

test('group by fix: one step for a distribution, one per module, the toolchain, and what has no fix', async () => {
  const semver = { order: 'semver' } as const;
  const pep440 = { order: 'pep440' } as const;
  await using store = await storeOf({
    debian: {
      'debian:12 curl': [recordOf('CVE-1', '8.0'), recordOf('CVE-2', '8.10'), recordOf('CVE-3')],
      'debian:12 zlib': [recordOf('CVE-4', '2')],
    },
    'osv-go': {
      'go stdlib': [recordOf('GO-1', '1.22.3', semver), recordOf('GO-2', '1.26.3', semver)],
      'go example.org/a': [recordOf('GO-3', '1.9.0', semver), recordOf('GO-4', '1.10.0', semver)],
    },
    'osv-pypi': {
      'pypi jinja2': [
        recordOf('PYSEC-1', '2.11.3', pep440),
        recordOf('PYSEC-2', '2.9', {
          ...pep440,
          ranges: [{ events: [{ introduced: '2.11' }, { fixed: '2.11.10' }] }],
        }),
      ],
      'pypi odd': [recordOf('PYSEC-3', '1!2.0', pep440)],
    },
    'osv-npm': {
      'npm @x/y': [recordOf('GHSA-1', '2.0.1', semver)],
      'npm lodahs': [
        recordOf('MAL-1', undefined, { ...semver, severity: { level: 'critical', by: 'test' } }),
      ],
    },
  });
  const inventory = inventoryOf([
    packageOf('deb', 'curl', '7.0'),
    packageOf('deb', 'libcurl4', '7.0', { source: { name: 'curl', version: '7.0' } }),
    packageOf('deb', 'zlib1g', '1', { source: { name: 'zlib', version: '1' } }),
    packageOf('golang', 'stdlib', '1.22.1', { role: 'stdlib' }),
    packageOf('golang', 'example.org/a', 'v1.0.0'),
    packageOf('npm', '@x/y', '2.0.0'),
    packageOf('npm', 'lodahs', '1.0.0'),
    packageOf('pypi', 'jinja2', '2.11.0'),
    packageOf('pypi', 'odd', '1.0'),
  ]);
  const groups = groupByFix(matchInventory(inventory, store));
  assert.deepEqual(
    groups.map(({ key, title, command, fixable, findings }) => [
      key,
      title,
      command,
      fixable,
      findings.length,
    ]),
    [
      ['malicious', 'Remove 1 malicious package', undefined, true, 1],
      [
        'deb-upgrade',
        'Upgrade 3 Debian packages',
        'apt-get update && apt-get install --only-upgrade -y curl libcurl4 zlib1g',
        true,
        5,
      ],
      ['go-toolchain', 'Build with Go 1.26.3', undefined, true, 2],
      ['go:example.org/a', 'Update example.org/a to 1.10.0', 'go get example.org/a@v1.10.0', true, 2],
      ['pypi:jinja2', 'Update jinja2 to 2.11.10', 'pip install --upgrade jinja2==2.11.10', true, 2],
      ['npm:@x/y', 'Update @x/y to 2.0.1', 'npm install @x/y@2.0.1', true, 1],
      // A shell could read the mark of an epoch.
      ['pypi:odd', 'Update odd to 1!2.0', undefined, true, 1],
      ['none', 'No fix yet', undefined, false, 2],
    ],
  );
  assert.equal(
    groups[1]?.detail,
    'curl 7.0 to 8.10, libcurl4 7.0 to 8.10, zlib1g 1 to 2. Clears 5 findings.',
  );
  assert.equal(
    groups.at(-1)?.detail,
    '2 findings in curl 7.0, libcurl4 7.0. Nobody has published a fixed version.',
  );
});

test('group by fix: a hostile name never gets into a line to copy', () => {
  for (const name of ['x;reboot', '$(reboot)', '--option', 'a b', 'x`y`', 'x\ny']) {
    const [group] = groupByFix({ findings: [findingOf(name)] });
    assert.equal(group?.command, undefined);
    assert.equal(group?.fixable, true);
  }
  const [harmless] = groupByFix({ findings: [findingOf('libstdc++6')] });
  assert.match(harmless?.command ?? '', /libstdc\+\+6$/);
});

test('group by fix: nothing found, nothing to do; long lists are shortened', () => {
  assert.deepEqual(groupByFix({ findings: [] }), []);
  const many = Array.from({ length: 7 }, (_, at) => findingOf(`p${at}`));
  const [group] = groupByFix({ findings: many });
  assert.match(group?.detail ?? '', /p4 1 to 2 and 2 more\. Clears 7 findings\.$/);
});

function findingOf(name: string) {
  return {
    id: 'CVE-1',
    aliases: [],
    severity: 'high',
    severityBy: 'test',
    package: {
      purl: `pkg:deb/${name}`,
      type: 'deb',
      name,
      version: '1',
      matchedName: name,
      matchedVersion: '1',
      path: '',
      layerDiffId: '',
      layerPosition: 0,
    },
    fixedVersion: '2',
    evidence: { feed: 'f', recordId: 'CVE-1', scope: 'debian:12', comparison: '1 < 2 (deb)' },
  } as const;
}
