// The nine rules of the house (ARCHITECTURE.md, "Floors and doors"). A rule that bends is changed here
// and in docs/decisions in the same commit, or not at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { floors, isTestFile, listFiles, type Room, readHouse, root } from './house.ts';

/** Between two domains of one floor: why each arrow stands. An arrow that is no longer used fails too. */
const arrows: Readonly<Record<string, string>> = {
  'engines/advisory -> engines/sbom': 'a package of an inventory is what advisories are matched with',
  'engines/compare -> engines/advisory': 'findings are what comes and goes',
  'engines/compare -> engines/lineage': 'the base is compared, and findings are told by it',
  'engines/compare -> engines/policy': 'verdicts are compared',
  'engines/compare -> engines/sbom': 'packages are compared',
  'engines/lineage -> engines/attest': 'a provenance names the images that a build took in',
  'engines/policy -> engines/advisory': 'findings and coverage are evidence',
  'engines/policy -> engines/attest': 'what hangs on an image is evidence',
  'engines/policy -> engines/lineage': 'the base of an image is evidence',
  'engines/policy -> engines/sbom': 'the inventory is evidence; licences are read in one place',
  'engines/verify -> engines/attest': 'attestation manifests are found in an index in one way',
  'engines/gate -> engines/policy':
    'a gate policy is a policy file: the same YAML by line and column, the same patterns of names',
  'engines/notation -> engines/verify': 'who signed is named as revocations name signers',
  'engines/gate -> engines/verify': 'what lets an image in is proved by the one verifier',
  'engines/gate -> engines/witness': 'a gate policy may ask for the word of witnesses beside each signature',
  'engines/sign -> engines/authority': 'a statement is sealed in one way, whoever vouches for it',
  'engines/sign -> engines/verify': 'what was signed is verified at once by what everybody verifies with',
  'engines/verify -> engines/policy':
    'a trust policy is a policy file: the same YAML by line and column, the same patterns of names',
  'entry/cli -> entry/http': 'commands that ask an instance read its answers by the contract’s shapes',
  'formats/notation -> formats/oci':
    'what is signed is a descriptor, and a manifest hangs the signature on it',
  'formats/crypto -> formats/x509': 'the names of a client’s certificate are read from its DER',
  'formats/notation -> formats/x509': 'a certificate is read in one way, whatever it signed',
  'formats/tuf -> formats/x509': 'a key of a root file is spelled by what it signs with',
  'formats/sigstore -> formats/oci': 'a bundle hangs on an image by a manifest',
  'formats/sigstore -> formats/x509':
    'a trusted root is made of certificates, and a certificate says who signed',
  'formats/notary1 -> formats/oci': 'what Notary v1 signed is kept as an OCI artifact',
  'formats/spiffe -> formats/x509': 'the certificate of a workload is an X.509 certificate',
  'io/advisories -> io/net': 'feeds are downloaded with the one HTTP client',
  'io/forges -> io/net': 'forges are spoken to with the one HTTP client',
  'io/images -> io/net': 'registries are spoken to with the one HTTP client',
  'formats/sigstore -> formats/crypto': 'a bundle names the size and root of its checkpoint',
  'io/sigstore -> io/keys': 'a certificate is asked for with a proof of the key',
  'io/sigstore -> io/net': 'services are asked with the one HTTP client',
  'io/keys -> io/blobs': 'a folder is made durable in one way',
  'io/keys -> io/net': 'key services are spoken to with the one HTTP client',
  'io/parts -> io/blobs': 'a folder is made durable in one way',
  'io/parts -> io/net': 'instances are asked with the one HTTP client, and reached by what is kept here',
  'io/revocation -> io/net': 'responders and lists are asked with the one HTTP client',
  'io/tuf -> io/blobs': 'a folder is made durable in one way',
  'io/tuf -> io/net': 'repositories of trust are fetched with the one HTTP client',
  'services/hub -> services/jobs': 'a scan is a job',
  'services/parts -> services/hub':
    'a part narrows the rights of a login, and what is done with it is audited',
  'services/parts -> services/trust': 'the authority of parts is one of the keys of the instance',
  'services/trust -> services/hub': 'kept settings, and who a token speaks for',
  'services/trust -> services/jobs': 'marks are made by jobs',
  'services/trust -> services/registry':
    'signed statements hang on manifests, and revoked ones are not served',
  'services/registry -> services/hub':
    'the type of a grant, the audit of what is done with it, whether a new repository is public; kept keys and settings',
};

/** npm packages by folder. A folder not named here uses none. */
const packages: Readonly<Record<string, readonly string[]>> = {
  app: ['@clack/prompts', 'pino', 'yaml'],
  'engines/advisory': ['ae-cvss-calculator'],
  'engines/gate': ['zod'],
  'engines/policy': ['yaml', 'zod'],
  'engines/sbom': ['spdx-expression-parse'],
  'engines/tuf': ['@tufjs/models'],
  'engines/verify': ['re2js', 'zod'],
  'entry/cli': ['commander', 'string-width'],
  'entry/http': ['hono', 'zod'],
  'formats/notation': ['asn1js', 'cbor2'],
  'formats/sigstore': ['@sigstore/bundle', '@sigstore/protobuf-specs'],
  'formats/x509': ['@noble/curves', 'asn1js'],
  'formats/packages': ['@renovatebot/pep440'],
  'io/advisories': ['yauzl'],
  'io/db': ['kysely'],
  'io/keys': ['@aws-sdk/client-kms', '@noble/ciphers'],
  'formats/tuf': ['@tufjs/models'],
  'io/tuf': ['@sigstore/tuf', 'tuf-js'],
  'services/hub': ['jose', 'kysely'],
  'services/jobs': ['kysely'],
  'services/parts': ['kysely'],
  'services/registry': ['kysely'],
  'services/trust': ['jose', 'kysely'],
};

/** Files over 400 lines, with the reason. */
const long: Readonly<Record<string, string>> = {
  'src/kit/limits.ts': 'limits stand in one table, each with its unit and its reason',
  'src/entry/http/contract.ts': 'the contract is one list of shapes, read from top to bottom',
};

/** Tests over 400 lines: what they boot is booted once for all that they promise. */
const longTests: Readonly<Record<string, string>> = {
  'test/flows/gate.test.ts': 'a product, its authority and two gates',
  'test/flows/mark.test.ts': 'a product that judges, signs and revokes, under one policy after the other',
  'test/flows/tag-log.test.ts': 'a product whose log grows from test to test, and servers that lie about it',
};

const WORLD = [
  'fs',
  'net',
  'http',
  'http2',
  'https',
  'tls',
  'dns',
  'dgram',
  'child_process',
  'sqlite',
  'worker_threads',
  'cluster',
  'ffi',
];

const house = readHouse();
const byPath = new Map(house.map((room) => [room.path, room]));
const height = (room: Room): number => floors.indexOf(room.floor);

/** Every import that stays inside src, as pairs of rooms. */
function* inside(): Generator<{ from: Room; to: Room }> {
  for (const from of house)
    for (const { target } of from.imports) {
      const to = target === undefined ? undefined : byPath.get(target);
      if (to !== undefined) yield { from, to };
    }
}

function none(problems: readonly string[]): void {
  assert.deepEqual([...new Set(problems)], []);
}

test('0. every file stands on a known floor and every relative import leads to a file', () => {
  const problems: string[] = [];
  for (const room of house) {
    if (!floors.includes(room.floor)) problems.push(`${room.path} stands on no floor`);
    for (const { specifier, target } of room.imports)
      if (target?.startsWith('src/') && !byPath.has(target) && !isTestFile(target))
        problems.push(`${room.path} imports ${specifier}, which is not there`);
  }
  none(problems);
  assert.ok(house.length > 20, 'the house is not empty');
});

test('1. imports run down the floors, never up', () => {
  const problems: string[] = [];
  for (const { from, to } of inside())
    if (height(to) > height(from)) problems.push(`${from.path} reaches up to ${to.path}`);
  none(problems);
});

test('2. between two domains of one floor only the arrows that are listed, and none listed in vain', () => {
  const used = new Set<string>();
  const problems: string[] = [];
  for (const { from, to } of inside()) {
    if (from.floor !== to.floor || from.domain === to.domain) continue;
    const arrow = `${from.domain} -> ${to.domain}`;
    used.add(arrow);
    if (arrows[arrow] === undefined) problems.push(`${arrow} (${from.path} imports ${to.path})`);
  }
  for (const arrow of Object.keys(arrows))
    if (!used.has(arrow)) problems.push(`${arrow} is listed but not used`);
  none(problems);
});

test('3. a deeper folder is private to its domain, and there are no barrels', () => {
  const problems: string[] = [];
  for (const { from, to } of inside())
    if (to.inner.length > 0 && from.domain !== to.domain && from.floor !== 'app')
      problems.push(`${from.path} reaches into ${to.path}`);
  for (const room of house) if (/(^|\/)index\.ts$/.test(room.path)) problems.push(`${room.path} is a barrel`);
  none(problems);
});

test('4. only app imports adapters', () => {
  const adapters = new Set(house.filter(isAdapter).map((room) => room.path));
  assert.ok(adapters.size >= 4, `adapters were found: ${[...adapters].join(', ')}`);
  const problems: string[] = [];
  for (const { from, to } of inside())
    if (adapters.has(to.path) && from.floor !== 'app' && from.domain !== to.domain)
      problems.push(`${from.path} imports the adapter ${to.path}`);
  none(problems);
});

/** An adapter is a file of io that makes a thing of a port's type; they are named by their kind of store. */
function isAdapter(room: Room): boolean {
  return (
    room.floor === 'io' &&
    /\/(?:filesystem|memory|sqlite|postgres|s3|memory-shelf|sqlite-shelf|feed-folder|feed-download|folder|layout|archive|engine|registry-source|github|gitlab|forgejo|layer-cache-folder|layer-cache-memory|key-file|key-folder|key-plugin)\.ts$/.test(
      room.path,
    )
  );
}

test('5. the world is opened in io, entry and app alone; the environment in app/config.ts alone', () => {
  const problems: string[] = [];
  for (const room of house) {
    const open = room.floor === 'io' || room.floor === 'entry' || room.floor === 'app';
    for (const { specifier } of room.imports) {
      const module = /^node:([a-z0-9_]+)/.exec(specifier)?.[1];
      if (!open && module !== undefined && WORLD.includes(module))
        problems.push(`${room.path} imports ${specifier}`);
    }
    if (room.path !== 'src/io/net/exchange/node-http.ts' && /\bgetBuiltinModule\b/.test(room.text))
      problems.push(`${room.path} takes a part of Node without an import`);
    if (room.path !== 'src/app/config.ts' && /\bprocess\s*\.\s*env\b/.test(withoutComments(room.text)))
      problems.push(`${room.path} reads process.env`);
  }
  none(problems);
});

test('6. npm packages only where they are listed, and none listed in vain', () => {
  const used = new Map<string, Set<string>>();
  const problems: string[] = [];
  for (const room of house)
    for (const { specifier, target } of room.imports) {
      if (target !== undefined || specifier.startsWith('node:')) continue;
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const allowed = packages[room.domain] ?? [];
      if (!allowed.includes(name)) problems.push(`${room.path} imports ${name}`);
      used.set(room.domain, (used.get(room.domain) ?? new Set()).add(name));
    }
  for (const [domain, names] of Object.entries(packages))
    for (const name of names)
      if (!used.get(domain)?.has(name)) problems.push(`${name} is listed for ${domain} but not used`);
  none(problems);
  assert.equal(packages.kit, undefined, 'kit uses no package');
});

test('7. no circle, not even of types', () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of inside()) next.set(from.path, [...(next.get(from.path) ?? []), to.path]);
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const room of house) visit(room.path, []);
  none(circles);
});

test('8. no file over 400 lines, tests neither, and kit holds at most 12 files', () => {
  const problems = house
    .filter((room) => room.lines > 400 && long[room.path] === undefined)
    .map((room) => `${room.path} has ${room.lines} lines`);
  for (const path of Object.keys(long))
    if ((byPath.get(path)?.lines ?? 0) <= 400) problems.push(`${path} is listed as long but is not`);
  const tests = [
    ...readHouse({ tests: true }).map(({ path }) => path),
    ...listFiles(join(root, 'test')),
  ].filter((path) => path.endsWith('.ts') && !byPath.has(path));
  assert.ok(tests.length > 300, `${tests.length} files of tests`);
  for (const path of tests) {
    const lines = readFileSync(join(root, path), 'utf8').split('\n').length - 1;
    const isLong = longTests[path] !== undefined;
    if (lines > 400 && !isLong) problems.push(`${path} has ${lines} lines: split it by what it promises`);
    if (lines <= 400 && isLong) problems.push(`${path} is listed as long but is not`);
  }
  none(problems);
  assert.ok(house.filter((room) => room.floor === 'kit').length <= 12);
});

test('9. importing any file does nothing', () => {
  const mutable = house
    .filter((room) =>
      /^(?:export )?(?:let|var) |^await |^(?:setTimeout|setInterval|process\.on)\(/m.test(room.text),
    )
    .map((room) => `${room.path} keeps state or acts at module level`);
  none(mutable);
  const probe = spawnSync(
    process.execPath,
    [join(root, 'test/world/import-probe.ts'), ...house.map((room) => room.path)],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  assert.equal(probe.stderr, '');
  assert.deepEqual(JSON.parse(probe.stdout), []);
});

/** What the verifier in the pages stands on (docs/decisions/0022); it reaches nothing that opens the world. */
const VERIFIER =
  /\/src\/(?:kit|formats\/(?:oci|crypto|x509|sigstore|notation)|engines\/(?:verify|attest|notation))\/[^/]+$/;

test('web: of the product it knows the types of the contract alone, and its verifier the engine', () => {
  const files = listFiles(join(root, 'web/src')).filter((path) => /\.tsx?$/.test(path));
  assert.ok(files.length > 20, `${files.length} files`);
  const problems = files.flatMap((path) =>
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /^(?:import|export) (type )?[^'"]*from '([^']*\/src\/(?:kit|formats|io|engines|services|entry|app)\/[^']+)'/gm,
      ),
    ]
      .filter(([, type, target = '']) => {
        if (path.startsWith('web/src/verify/') && VERIFIER.test(target)) return false;
        return type === undefined || !/\/src\/entry\/http\/contract(?:-[a-z]+)*\.ts$/.test(target);
      })
      .map(([line]) => `${path}: ${line}`),
  );
  none(problems);
});

test('web: below its verifier stands nothing but what is pure', () => {
  const entries = listFiles(join(root, 'web/src/verify')).flatMap((path) =>
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /^(?:import|export) (?!type )[^'"]*from '(?:\.\.\/)+(src\/[^']+)'/gm,
      ),
    ].map(([, target = '']) => target),
  );
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = byPath.get(path)?.text ?? '';
    for (const { specifier, target } of byPath.get(path)?.imports ?? [])
      if (!isTypeImport(text, specifier)) visit(target ?? specifier);
  };
  for (const entry of entries) visit(entry);
  assert.ok(reached.has('src/engines/verify/verify-bundle.ts'), [...reached].join());
  // What these are answered by in the pages stands in web/vite.config.ts; whatever else there is would not be there.
  const outside = [...reached].filter((path) => !path.startsWith('src/'));
  assert.deepEqual(outside.sort(), ['asn1js', 'cbor2', 'node:crypto', 're2js']);
  none([...reached].filter((path) => /^src\/(?:io|services|entry|app)\//.test(path)));
});

/** Whether all that a file takes from there are types, which leave nothing behind. */
function isTypeImport(text: string, specifier: string): boolean {
  const quoted = specifier.replaceAll('.', '\\.');
  const statements = [...text.matchAll(new RegExp(`^(import|export)\\s([^'";]*?)from\\s*'${quoted}'`, 'gm'))];
  return statements.every(([, , what = '']) => {
    if (/^type\b/.test(what)) return true;
    const names = /^\{([^}]*)\}/
      .exec(what)?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? ['all'];
    return names.filter((name) => name !== '').every((name) => name.startsWith('type '));
  });
}

test('actions: node alone, since a runner starts them as they are, and no file over 400 lines', () => {
  const files = listFiles(join(root, 'actions')).filter((path) => path.endsWith('.js'));
  assert.ok(files.length > 10, `${files.length} files`);
  const problems: string[] = [];
  for (const path of files) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|\} from)\b[^']*'([^']+)';$/gm))
      if (!/^(?:node:|\.\.?\/)/.test(specifier)) problems.push(`${path} imports ${specifier}`);
      else if (specifier.startsWith('../..'))
        problems.push(`${path} reaches out of the action: ${specifier}`);
    if (text.split('\n').length > 400) problems.push(`${path} is over 400 lines`);
    if (!path.endsWith('main.js') && /\bprocess\.env\b/.test(text))
      problems.push(`${path} reads process.env`);
  }
  none(problems);
});

test('names: no file or folder is called utils, helpers, common, base, manager, impl, data, info, context', () => {
  const banned = /(^|[/-])(utils?|helpers?|common|base|managers?|impl|data|info|context)([./-])/;
  none(house.map((room) => room.path).filter((path) => banned.test(path)));
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
