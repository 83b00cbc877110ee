import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { packageErrors } from './errors.ts';
import { formatPurl, type Purl, parsePurl } from './purl.ts';

const canonical: readonly [Purl, string][] = [
  [
    {
      type: 'deb',
      namespace: 'debian',
      name: 'libc6',
      version: '2.36-9+deb12u7',
      qualifiers: { distro: 'debian-12', arch: 'amd64' },
    },
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u7?arch=amd64&distro=debian-12',
  ],
  [{ type: 'npm', namespace: '@scope', name: 'name', version: '1.0.0' }, 'pkg:npm/%40scope/name@1.0.0'],
  [
    { type: 'golang', namespace: 'github.com/BurntSushi', name: 'toml', version: 'v1.2.3' },
    'pkg:golang/github.com/BurntSushi/toml@v1.2.3',
  ],
  [{ type: 'deb', namespace: 'debian', name: 'attr', version: '1:2.4~rc' }, 'pkg:deb/debian/attr@1:2.4~rc'],
  [{ type: 'golang', name: 'stdlib', version: '1.22.3' }, 'pkg:golang/stdlib@1.22.3'],
];

for (const [parts, text] of canonical) {
  test(`purl: ${text}`, () => {
    assert.equal(formatPurl(parts), text);
    assert.equal(formatPurl(parsePurl(text)), text);
    assert.deepEqual({ ...parsePurl(text) }.name, parts.name);
  });
}

test('purl: an unencoded npm scope is read', () => {
  assert.deepEqual(plain(parsePurl('pkg:npm/@babel/core')), {
    type: 'npm',
    namespace: '@babel',
    name: 'core',
  });
  assert.equal(parsePurl('pkg:npm/@babel/core@7.0.0').version, '7.0.0');
});

for (const text of [
  '',
  'npm/x',
  'pkg:',
  'pkg:npm',
  'pkg:npm/',
  'pkg:npm/%zz',
  'pkg:maven/@1.3.4',
  'pkg:3x/y',
  'pkg:npm/x?A b=c',
]) {
  test(`purl: "${text}" is refused with the code`, () => {
    assert.throws(
      () => parsePurl(text),
      (error) => isPlimsollError(error, { code: packageErrors.purl_invalid.code }),
    );
  });
}

test('purl: __proto__ as a qualifier stays an own value or is refused, never a prototype', () => {
  assert.throws(() => parsePurl('pkg:npm/x?__proto__=y'), { code: 'packages.purl_invalid' });
  assert.equal(({} as Record<string, unknown>).y, undefined);
});

test('purl: whatever is built is read back the same, and whatever is read is stable', () => {
  const word = fc
    .string({ minLength: 1, maxLength: 12, unit: 'binary' })
    .filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(word, word, (name, version) => {
      const text = formatPurl({ type: 'generic', name, version });
      assert.deepEqual(plain(parsePurl(text)), { type: 'generic', name, version });
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (tail) => {
      try {
        const once = formatPurl(parsePurl(`pkg:${tail}`));
        assert.equal(formatPurl(parsePurl(once)), once);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'packages.purl_invalid' }), String(error));
      }
    }),
  );
});

// The package-url test suite, where it is at hand.
interface SuiteCase {
  description: string;
  test_type: string;
  input: string | Record<string, unknown>;
  expected_output?: string | Record<string, unknown> | null;
  expected_failure: boolean;
}
const suite = new URL('../../../../shared/vectors/purl/', import.meta.url);
/** Rules of single types that Plimsoll neither finds nor writes. */
const OWN_RULES: ReadonlySet<string> = new Set(
  `brew chrome-extension cpan git huggingface julia mlflow otp swift vcpkg vscode-extension`.split(/\s+/),
);

test('purl: the specification suite', { skip: existsSync(suite) ? false : 'no ../shared/vectors' }, (t) => {
  let passed = 0;
  const skipped = new Map<string, number>();
  for (const folder of ['spec', 'types']) {
    for (const file of readdirSync(new URL(`${folder}/`, suite))) {
      const type = file.replace('-test.json', '');
      const { tests } = JSON.parse(readFileSync(new URL(`${folder}/${file}`, suite), 'utf8')) as {
        tests: SuiteCase[];
      };
      for (const one of tests) {
        const why = reasonToSkip(type, one);
        if (why !== undefined) {
          skipped.set(why, (skipped.get(why) ?? 0) + 1);
          continue;
        }
        // "build" from null components: the type system refuses most, the function refuses the rest.
        const run = () => (one.test_type === 'build' ? formatPurl(clean(one.input)) : runText(one));
        const name = `${type}: ${one.test_type} ${JSON.stringify(one.input)}`;
        if (one.expected_failure) assert.throws(run, { code: 'packages.purl_invalid' }, name);
        else assert.deepEqual(run(), clean(one.expected_output ?? ''), name);
        passed += 1;
      }
    }
  }
  t.diagnostic(`${passed} cases passed; skipped: ${JSON.stringify([...skipped])}`);
  assert.ok(passed > 100);
});

function reasonToSkip(type: string, one: SuiteCase): string | undefined {
  if (OWN_RULES.has(type)) return 'a type with rules of its own that is neither found nor written here';
  const keys = typeof one.input === 'string' && /[?&][a-z]*[A-Z]/.test(one.input);
  // gem and rpm demand that upper-case keys are refused, their validate cases and maven that they are lowered.
  if (keys && !one.expected_failure) return 'upper-case qualifier keys, where the suite contradicts itself';
  return undefined;
}

function runText(one: SuiteCase): unknown {
  const purl = parsePurl(one.input as string);
  return one.test_type === 'parse' ? plain(purl) : formatPurl(purl);
}

function plain(purl: Purl): Purl {
  return JSON.parse(JSON.stringify(purl)) as Purl;
}

/** The suite writes absent parts as null. */
function clean(value: string | Record<string, unknown>): Purl & string {
  if (typeof value === 'string') return value as Purl & string;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null)) as unknown as Purl &
    string;
}
