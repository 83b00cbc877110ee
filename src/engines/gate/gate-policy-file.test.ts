import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCosigner, formatCosignerKey } from '../../formats/crypto/cosignature.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { createLog } from '../witness/witness.fixture.ts';
import { parseGatePolicy } from './gate-policy-file.ts';
import { filesOf, readMaterial } from './material.ts';

const POLICY = `
gate:
  remember: 5m
  exempt-namespaces: [kube-system]
  trusted-roots: [root.json]
  keys: [acme.pub]
  break-glass:
    longest: 4h
    users: [alice@example.org]
    groups: [oncall]
    open:
      - images: [images.example.org/acme/*]
        who: bob
        why: incident 4711
        from: 2026-11-21T12:00:00Z
        until: 2026-11-21T16:00:00+00:00
  rules:
    - name: shop
      namespaces: [shop-*]
      images: [images.example.org/*]
      require:
        mark:
          issuer: https://images.example.org
          identity: https://images.example.org
          policy: '*#standard'
          max-age: 30d
        verdict:
          instance: images.example.org
    - images: [docker.io/library/*]
      mode: dry-run
      require:
        trust: trust.yaml
    - images: [registry.k8s.io/*]
      exempt-because: built by the cluster's vendor
`;

const parse = (text: string) => parseGatePolicy(text, 'gate.yaml');

function refuses(text: string, ...sentences: readonly RegExp[]): void {
  assert.throws(
    () => parse(text),
    (error) => {
      assert.ok(isPlimsollError(error, { code: 'gate.policy_invalid' }));
      for (const sentence of sentences) assert.match(error.message, sentence);
      return true;
    },
  );
}

test('gate policy: a whole file is read, with defaults that deny', () => {
  const policy = parse(POLICY);
  assert.equal(policy.mode, 'enforce');
  assert.equal(policy.onUnknown, 'deny');
  assert.equal(policy.onUnavailable, 'deny');
  assert.equal(policy.onTag, 'deny');
  assert.equal(policy.rememberMs, 300_000);
  assert.equal(policy.breakGlass?.longestMs, 4 * 3_600_000);
  assert.equal(policy.breakGlass?.openings[0]?.who, 'bob');
  assert.deepEqual(
    policy.rules.map(({ name, mode, demand }) => [name, mode, demand.kind]),
    [
      ['shop', 'enforce', 'require'],
      ['rule 2', 'dry-run', 'require'],
      ['rule 3', 'enforce', 'exempt'],
    ],
  );
  assert.deepEqual(filesOf(policy), ['root.json', 'acme.pub', 'trust.yaml']);
});

test('gate policy: what is wrong is said with its line and what would be right', () => {
  refuses('gate: [', /gate\.yaml:1:\d+: it is not YAML/);
  refuses('', /gate\.yaml:1:1: /);
  refuses(POLICY.replace('rules:', 'rulez:'), /takes no key "rulez"/, /rules is missing/);
  refuses(POLICY.replace('mode: dry-run', 'mode: audit'), /gate\.yaml:\d+:\d+: mode is "audit"/);
  refuses(POLICY.replace('max-age: 30d', 'max-age: a month'), /must be seconds, minutes, hours or days/);
  refuses(POLICY.replace('longest: 4h', 'longest: 1h'), /further from from than longest allows/);
  refuses(POLICY.replace('16:00:00+00:00', '16:00:00'), /must be a time with its offset/);
  refuses(POLICY.replace('until: 2026-11-21T16', 'until: 2026-11-21T11'), /until is not after from/);
  refuses(POLICY.replace('why: incident 4711', 'why: x'), /must say why/);
  refuses(
    POLICY.replace('identity: https', 'identity-pattern: "["\n          identity: https'),
    /regular expression of RE2/,
  );
});

test('gate policy: nothing is let in unproved without a reason in the file', () => {
  const rule = (inner: string): string => `gate: { rules: [ { images: ['*'], ${inner} } ] }`;
  refuses(rule('mode: enforce'), /exactly one must be there/);
  refuses(rule('require: {}'), /asks for nothing/);
  refuses(rule('exempt-because: ""'), /must say why/);
  refuses(rule('require: { verdict: { instance: images.example.org } }'), /server’s word alone/);
  refuses(rule('require: { mark: { issuer: https://a } }'), /exactly one of the two/);
  refuses(rule('require: { mark: { key: a, identity: b } }'), /exactly one of the two/);
  refuses(rule('require: { mark: { key: a, root: root.json } }'), /a key needs no root/);
  for (const [host, why] of [
    ['registry-1.docker.io', /must be docker\.io there/],
    ['Index.docker.io', /must be docker\.io there/],
    ['images.example.org:443', /must be without the port 443/],
  ] as const)
    refuses(rule('require: { mark: { key: a } }').replace("'*'", `'${host}/*'`), why);
  const [upper] = parse(rule('require: { mark: { key: a } }').replace("'*'", "'Images.Example.org/*'")).rules;
  assert.deepEqual(upper?.images, ['images.example.org/*']);
  const alone = parse(
    rule('require: { verdict: { instance: images.example.org, alone-because: no marks yet } }'),
  );
  const [{ demand } = { demand: undefined }] = alone.rules;
  assert.ok(demand?.kind === 'require' && demand.requirements[0]?.kind === 'verdict');
});

test('gate policy: the files that it names must be there and be what their signers need', () => {
  const trust = 'trust:\n  - names: ["docker.io/*"]\n    signers: [{ key: other.pub }]\n';
  const key =
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';
  const root = JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' });
  const files = new Map([
    ['root.json', root],
    ['acme.pub', key],
    ['trust.yaml', trust.replace('other.pub', 'acme.pub')],
  ]);
  const open = (...changed: readonly (readonly [string, string | undefined])[]) =>
    readMaterial(
      parse(POLICY),
      new Map([...files, ...changed].filter((entry): entry is [string, string] => entry[1] !== undefined)),
    );
  const material = open();
  assert.equal(material.keys[0]?.name, 'acme.pub');
  assert.equal(material.trustedRoots.length, 1);
  const code = (wanted: string, why: RegExp) => (error: unknown) =>
    isPlimsollError(error, { code: wanted }) && why.test(error.message);
  const without = new Map([...files].filter(([name]) => name !== 'root.json'));
  assert.throws(
    () => readMaterial(parse(POLICY), without),
    code('gate.material_missing', /names root\.json/),
  );
  assert.throws(
    () => open(['root.json', '{}']),
    code('gate.policy_invalid', /root\.json, which gate\.yaml names/),
  );
  assert.throws(
    () => open(['trust.yaml', trust]),
    code('gate.policy_invalid', /other\.pub.*not among the keys/),
  );
  assert.throws(() => open(['trust.yaml', 'trust: 1']), code('verify.policy_invalid', /trust\.yaml:1/));
  const other = parse(POLICY.replace("policy: '*#standard'", 'root: other.json'));
  assert.throws(() => readMaterial(other, files), code('gate.policy_invalid', /names the root other\.json/));
  const named = readMaterial(parse(POLICY.replace("policy: '*#standard'", 'root: root.json')), files);
  assert.equal(named.trustedRoots[0]?.name, 'root.json');
  const rootless = parse(POLICY.replace('[root.json]', '[]'));
  assert.throws(() => readMaterial(rootless, files), code('gate.policy_invalid', /no trusted-roots/));
});

test('gate policy: witnesses are a file whose quorum must ask for somebody', () => {
  const { key } = createCosigner('witness.example.org', 'ed25519', new Uint8Array(32).fill(7));
  const policy = parse(
    "gate: { witnesses: witnesses.txt, rules: [ { images: ['*'], require: { mark: { key: k } } } ], keys: [k] }",
  );
  assert.deepEqual(filesOf(policy), ['k', 'witnesses.txt']);
  const { publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const open = (text: string) =>
    readMaterial(
      policy,
      new Map([
        ['k', pem],
        ['witnesses.txt', text],
      ]),
    );
  const one = `witness W ${formatCosignerKey(key)}\n`;
  const { witnesses } = open(`${one}quorum W\n`);
  assert.equal(witnesses?.(createLog().checkpoint(3)).isReached, false);
  const refused = { code: 'gate.policy_invalid' };
  assert.throws(() => open(`${one}quorum none\n`), { ...refused, message: /asks for no witness/ });
  assert.throws(() => open('quorum'), { ...refused, message: /witnesses\.txt, which gate\.yaml names/ });
  assert.throws(() => readMaterial(policy, new Map([['k', pem]])), { code: 'gate.material_missing' });
});

test('gate policy: no text makes the reader throw what is not coded, and a bound ends it', () => {
  refuses(`#${' '.repeat(limits.policyFileBytes)}`, /more than/);
  const lines = POLICY.split('\n');
  fc.assert(
    fc.property(fc.shuffledSubarray(lines), fc.string(), fc.nat(lines.length), (some, noise, at) => {
      for (const text of [some.join('\n'), [...lines.slice(0, at), noise, ...lines.slice(at)].join('\n')])
        try {
          parse(text);
        } catch (error) {
          assert.ok(isPlimsollError(error, { code: 'gate.policy_invalid' }), String(error));
        }
    }),
  );
});
