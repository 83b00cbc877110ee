import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { digestOf } from '../../../../formats/oci/digest.ts';
import { sentinelRules } from '../all.ts';
import type { Finding, ImageFacts, MoveFacts } from '../facts.ts';

const time = Date.UTC(2026, 0, 1);
const why = 'it cannot be read';
const provenance = { builder: 'https://b', workflow: 'https://s/ci.yml', source: 'https://s' };

function image(text: string, more: Partial<ImageFacts> = {}): ImageFacts {
  const start = { entrypoint: ['/app'], command: [], user: '1000' };
  return {
    digest: digestOf(text),
    platforms: { value: ['linux/amd64', 'linux/arm64'] },
    configs: { value: [{ platform: 'linux/amd64', ...start, createdAt: time }] },
    isSigned: true,
    unexpectedSigners: [],
    provenance: { value: provenance },
    packages: { value: new Set(['deb bash']) },
    ...more,
  };
}

function move(more: Partial<MoveFacts> = {}): MoveFacts {
  return {
    repository: 'team/app',
    tag: 'latest',
    isNew: false,
    isRelease: false,
    credential: 'ci by token pipeline',
    isKnownCredential: { value: true },
    burst: { value: { tags: 2, mostBefore: 2 } },
    before: image('before'),
    after: image('after'),
    earlier: [],
    ...more,
  };
}

function judge(id: string, facts: MoveFacts): Finding {
  const rule = sentinelRules.find((one) => one.id === id);
  assert.ok(rule, id);
  return rule.judge(facts);
}

const after = (more: Partial<ImageFacts>): Partial<MoveFacts> => ({ after: image('after', more) });
const before = (more: Partial<ImageFacts>): Partial<MoveFacts> => ({ before: image('before', more) });
const packages = (count: number) => ({
  packages: { value: new Set(Array.from({ length: count }, (_, at) => `deb p${at}`)) },
});
const start = (platform: string, entrypoint: string, user = '1000', createdAt = time) => ({
  configs: { value: [{ platform, entrypoint: [entrypoint], command: [], user, createdAt }] },
});

/** By rule: what is suspicious, what is not though it is near, what is not known. */
const table: Readonly<Record<string, Readonly<Record<Finding['kind'], readonly Partial<MoveFacts>[]>>>> = {
  release_overwritten: {
    suspicious: [{ isRelease: true, tag: '1.2.3' }],
    clean: [{ tag: '1.2' }],
    unknown: [],
  },
  unsigned: {
    suspicious: [after({ isSigned: false })],
    clean: [{ ...before({ isSigned: false }), ...after({ isSigned: false }) }, before({ isSigned: false })],
    unknown: [],
  },
  signer_unexpected: {
    suspicious: [after({ unexpectedSigners: ['mallory@example.org'] })],
    clean: [{}, before({ unexpectedSigners: ['mallory@example.org'] })],
    unknown: [],
  },
  provenance_lost: {
    suspicious: [after({ provenance: { value: undefined } })],
    clean: [before({ provenance: { value: undefined } }), {}],
    unknown: [after({ provenance: { why } }), before({ provenance: { why } })],
  },
  builder_changed: {
    suspicious: [after({ provenance: { value: { ...provenance, builder: 'https://c' } } })],
    clean: [{}],
    unknown: [
      after({ provenance: { why } }),
      before({ provenance: { value: undefined } }),
      after({ provenance: { value: {} } }),
    ],
  },
  workflow_changed: {
    suspicious: [after({ provenance: { value: { ...provenance, workflow: 'https://s/x.yml' } } })],
    clean: [{}],
    unknown: [before({ provenance: { why } }), after({ provenance: { value: { builder: 'https://b' } } })],
  },
  source_changed: {
    suspicious: [
      after({ provenance: { value: { ...provenance, source: 'https://t' } } }),
      {
        ...before({ provenance: { value: undefined }, statedSource: 'https://s' }),
        ...after({ statedSource: 'https://t' }),
      },
    ],
    clean: [
      {},
      {
        ...before({ provenance: { why }, statedSource: 'https://s' }),
        ...after({ statedSource: 'https://s' }),
      },
    ],
    unknown: [after({ provenance: { why } }), before({ provenance: { value: undefined } })],
  },
  new_credential: {
    suspicious: [{ isKnownCredential: { value: false } }],
    clean: [{}],
    unknown: [{ isKnownCredential: { why } }],
  },
  many_tags: {
    suspicious: [
      { burst: { value: { tags: 6, mostBefore: 2 } } },
      { burst: { value: { tags: 41, mostBefore: 20 } } },
    ],
    clean: [
      { burst: { value: { tags: 5, mostBefore: 0 } } },
      { burst: { value: { tags: 40, mostBefore: 20 } } },
    ],
    unknown: [{ burst: { why } }],
  },
  packages_changed: {
    suspicious: [{ ...before(packages(5)), ...after(packages(50)), earlier: [image('older', packages(4))] }],
    clean: [
      { ...before(packages(5)), ...after(packages(15)) },
      { ...before(packages(40)), ...after(packages(80)), earlier: [image('older', packages(20))] },
    ],
    unknown: [
      after({ packages: { why } }),
      before({ packages: { why } }),
      { ...before(packages(5)), ...after(packages(50)) },
      { ...before(packages(5)), ...after(packages(50)), earlier: [image('older', { packages: { why } })] },
    ],
  },
  start_changed: {
    suspicious: [after(start('linux/amd64', '/other')), after(start('linux/amd64', '/app', 'root'))],
    clean: [
      {},
      { ...after(start('linux/amd64', '/other')), earlier: [image('older', start('linux/amd64', '/other'))] },
      after(start('linux/riscv64', '/app')),
    ],
    unknown: [
      after({ configs: { why } }),
      before({ configs: { why } }),
      { ...before({ configs: { value: [] } }), ...after(start('linux/amd64', '/x')) },
    ],
  },
  platforms_lost: {
    suspicious: [after({ platforms: { value: ['linux/amd64'] } })],
    clean: [after({ platforms: { value: ['linux/arm64', 'linux/amd64', 'linux/s390x'] } })],
    unknown: [after({ platforms: { why } }), before({ platforms: { why } })],
  },
  older_creation: {
    suspicious: [after(start('linux/amd64', '/app', '1000', time - 1000))],
    clean: [{}, after(start('linux/amd64', '/app', '1000', time + 1000))],
    unknown: [
      after(start('linux/amd64', '/app', '1000', 0)),
      before(start('linux/amd64', '/app', '1000', Number.MIN_VALUE)),
      after({ configs: { why } }),
    ],
  },
};

test('the sentinel’s rules: each is in this table, and each says what is suspicious, what is not, what is not known', () => {
  assert.deepEqual(
    sentinelRules.map(({ id }) => id),
    Object.keys(table),
  );
  for (const [id, kinds] of Object.entries(table))
    for (const [kind, cases] of Object.entries(kinds))
      for (const [at, more] of cases.entries()) {
        const finding = judge(id, move(more));
        assert.equal(finding.kind, kind, `${id}, ${kind} ${at}: ${JSON.stringify(finding)}`);
        if (finding.kind !== 'clean') assert.notEqual(finding.why, '');
      }
});

test('the sentinel’s rules: what each says can be shown as a sentence', () => {
  for (const { title } of sentinelRules) assert.match(title, /^[A-Z].*\.$/);
  const long = judge('start_changed', move(after(start('linux/amd64', 'x'.repeat(5000)))));
  assert.ok(long.kind === 'suspicious' && long.why.length < 600);
});

test('the sentinel’s rules: the guide has each of them, as it is', () => {
  const guide = readFileSync(new URL('../../../../../docs/guide/tags.md', import.meta.url), 'utf8');
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const rows = sentinelRules.map(
    ({ id, title, isForNew, isJudgedAgain }) =>
      `| \`${id}\` | ${title} | ${yes(isForNew)} | ${yes(isJudgedAgain)} |`,
  );
  assert.deepEqual(
    guide.split('\n').filter((line) => /^\| `[a-z_]+` \|.*\| (?:yes|no) \|$/.test(line)),
    rows,
  );
});
