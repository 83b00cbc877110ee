// Must show 4: the workflow of a real project replayed with local images: build main, build the pull request's
// branch, compare the two images, write a comment. What the comment says is what dpkg, go, npm, pip and the feeds
// say of the same files; the forge alone is not the real one.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findDebianCves, findOsvHits } from './advisory-oracle.ts';
import { createPython, type Installed, installNode } from './application.ts';
import {
  assertHits,
  assertTold,
  code,
  differ,
  listChanges,
  noted,
  quoted,
  rowOf,
} from './comment-assertion.ts';
import { type DebianBase, makeDebianBase } from './debian-base.ts';
import { debianTools } from './debian-image.ts';
import { engineTools } from './engine-store.ts';
import { buildGoProgram, missingGo } from './go-program.ts';
import { createProject, type Project } from './project.ts';
import {
  type CommentWish,
  formatPolicy,
  type Surroundings,
  startSurroundings,
  type WrittenComment,
  writeComment,
} from './pull-request.ts';
import { missingTools, temporaryFolder } from './world.ts';

const skip = missingTools('git', 'skopeo', 'npm', 'python3', ...engineTools, ...debianTools);
const SOURCE = 'https://git.example.org/team/app';
const MARKER = (key: string): string => `<!-- plimsoll:comment ${key} -->\n`;

interface Base extends DebianBase {
  readonly name: string;
  readonly digest: string;
}

let folder: ReturnType<typeof temporaryFolder>;
let around: Surroundings;
/** With more in it than a program needs, and some of that old. */
let full: Base;
let essential: Base;

before(async () => {
  if (skip !== undefined) return;
  folder = temporaryFolder();
  const place = (name: string): string => join(folder.path, name);
  const older = [
    ['curl', 'libcurl4'],
    ['openssl', 'libssl3'],
    ['libc6', 'libc-bin'],
  ];
  const [first, second] = await Promise.all([
    makeDebianBase(place('full'), { variant: 'minbase', include: ['ca-certificates', 'curl'], older }),
    makeDebianBase(place('essential'), { variant: 'essential', include: ['ca-certificates'] }),
  ]);
  around = await startSurroundings(folder.path);
  const push = (base: DebianBase, name: string): Base => ({
    ...base,
    name: `${around.host}/${name}`,
    digest: around.pushBase(base.layout, name),
  });
  full = push(first, 'official/debian:12');
  essential = push(second, 'official/essential:12');
});
after(async () => {
  await around?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

test('a Go program on another base: the comment tells base, packages, CVEs, configuration and policies', {
  skip: skip ?? missingGo(),
}, async (t) => {
  const project = createProject(join(folder.path, 'go'));
  project.commit('main', {
    'plimsoll.yaml': formatPolicy(around.host),
    Containerfile: `FROM ${full.name}@${full.digest}\nCOPY crane /usr/local/bin/crane\nENTRYPOINT ["crane"]\n`,
  });
  const change = (port: number): string =>
    `FROM ${essential.name}@${essential.digest}\nCOPY crane /usr/local/bin/crane\nEXPOSE ${port}\nUSER 65532:65532\nENTRYPOINT ["crane"]\n`;
  project.commit('change', { Containerfile: change(8080) });
  const programs = { main: buildCrane('v0.16.1'), change: buildCrane('v0.20.2') };
  const build = (branch: 'main' | 'change', image: string): string =>
    buildBranch(project, branch, image, (tree) => tree.place(programs[branch].path, 'crane'));

  const commits = { main: build('main', 'crane:main'), change: build('change', 'crane:pr') };
  const wish = wishFor(project, 'crane', 'go');
  const { comparison, body, id } = await writeComment(around, wish);
  t.diagnostic(`${comparison.answer}: ${comparison.summary}`);

  await t.test('the answer comes first, then before and after side by side', () => {
    assert.ok(body.startsWith(`${MARKER('go')}### Plimsoll: ${comparison.answer}\n\n`), body.slice(0, 200));
    assert.ok(body.includes(`|  | ${code('crane:main')} | ${code('crane:pr')} |  |\n`));
    assert.match(body, rowOf('Size, unpacked', /.+B/, /\*\*.+B\*\*/, /.+ less/));
    assert.equal(comparison.base, 'changed');
    assert.match(body, rowOf('Base', baseWords(full), baseWords(essential), /changed/));
    for (const commit of Object.values(commits))
      assert.ok(body.includes(`[${commit.slice(0, 12)}](${SOURCE}/commit/${commit})`), commit);
    const { before: was, after: is } = comparison;
    assert.deepEqual(
      [was.base?.digest, is.base?.digest, was.base?.confidence, is.base?.confidence],
      [full.digest, essential.digest, 'certain', 'certain'],
    );
    assert.equal(was.judged, around.feeds === undefined ? 0 : was.packages);
  });

  await t.test('what became of each package is what dpkg-query and go say', () => {
    const { changes } = comparison.packages;
    assert.deepEqual(listChanges(changes, 'deb'), differ(debs(full), debs(essential)));
    const go = differ(single(programs.main.modules), single(programs.change.modules));
    assert.deepEqual(listChanges(changes, 'golang'), go);
    assert.ok(go.length >= 3, go.join('\n'));
    for (const one of go) assertTold(body, one);
    assert.ok(
      changes.filter(({ type }) => type === 'golang').every(({ isFromBase }) => isFromBase === false),
    );
    const removed = changes.filter(({ kind }) => kind === 'removed').length;
    assert.match(body, new RegExp(`<summary>Packages: (?:\\d+ added, )?${removed} removed, \\d+ changed, `));
  });

  await t.test('CVEs that are gone and new are those that the feeds have', { skip: noFeeds() }, () => {
    const feeds = around.feeds as string;
    const [had, has] = [full, essential].map(
      ({ packages }) => new Set(findDebianCves(folder.path, feeds, packages)),
    ) as [Set<string>, Set<string>];
    assert.deepEqual(noted(comparison.findings.fixed, 'deb'), [...had.difference(has)]);
    assert.deepEqual(noted(comparison.findings.introduced, 'deb'), [...has.difference(had)]);
    t.diagnostic(`${had.size} CVEs of Debian packages before, ${has.size} after`);
    const hits = (modules: ReadonlyMap<string, string>) => findOsvHits(feeds, 'Go', single(modules));
    assertHits(comparison, 'golang', hits(programs.main.modules), hits(programs.change.modules));
    assert.match(body, rowOf('Known CVEs', /.+/, /.+/, /\d+ fixed, \d+ new/));
    assert.match(body, /\*\*Fixed here\*\*: \[CVE-/);
  });

  await t.test('configuration and policies', () => {
    for (const [name, old, now] of [
      ['User', code('root'), code('65532:65532')],
      ['Ports', 'absent', code('8080/tcp')],
    ] as const)
      assert.ok(body.includes(`| ${code(name)} | ${old} | ${now} |\n`), name);
    const rules = new Map(comparison.rules.map((rule) => [rule.rule, rule]));
    assert.deepEqual(
      ['non-root-user', 'approved-base-images', 'no-stale-base-images', 'no-agpl'].map((rule) => [
        rule,
        rules.get(rule)?.before?.outcome,
        rules.get(rule)?.after?.outcome,
        rules.get(rule)?.trend,
      ]),
      [
        ['non-root-user', 'fail', 'pass', 'better'],
        ['approved-base-images', 'pass', 'pass', 'same'],
        ['no-stale-base-images', 'pass', 'pass', 'same'],
        // One module fewer that says no licence.
        ['no-agpl', 'unknown', 'unknown', 'better'],
      ],
    );
    assert.match(body, /▲→● \| Runs as a user that is not root/);
  });

  await t.test('a second push to the branch changes the same comment', async () => {
    project.commit('change', { Containerfile: change(9090) });
    const commit = build('change', 'crane:pr');
    const again = await writeComment(around, wish);
    assert.equal(again.id, id);
    assert.ok(again.body.includes(`| ${code('Ports')} | absent | ${code('9090/tcp')} |\n`));
    assert.ok(again.body.includes(`/commit/${commit})`) && !again.body.includes(commits.change));
    assert.equal(around.forge.comments.filter(({ body: text }) => text.startsWith(MARKER('go'))).length, 1);
  });
});

test('a Node application: what npm lists, with its CVEs', { skip }, async (t) => {
  const project = createProject(join(folder.path, 'node'));
  const manifest = (version: string, dependencies: Readonly<Record<string, string>>): string =>
    `${JSON.stringify({ name: 'shop', version, private: true, dependencies }, undefined, 2)}\n`;
  project.commit('main', {
    'plimsoll.yaml': formatPolicy(around.host),
    'server.js': "require('express')().listen(8080);\n",
    Containerfile: `FROM ${essential.name}\nWORKDIR /app\nCOPY package.json server.js ./\nCOPY node_modules node_modules\nUSER 1000\nCMD ["node", "server.js"]\n`,
    'package.json': manifest('1.0.0', { express: '4.16.4', lodash: '4.17.20', minimist: '1.2.5' }),
  });
  project.commit('change', {
    'package.json': manifest('1.1.0', { axios: '1.6.0', express: '4.21.2', lodash: '4.17.21' }),
  });
  const installed = new Map<string, Installed>();
  for (const [branch, image] of BRANCHES)
    buildBranch(project, branch, `shop:${image}`, (tree) => installed.set(branch, installNode(tree.folder)));
  const written = await writeComment(around, wishFor(project, 'shop', 'node'));
  const [was, is] = both(installed);
  assertApplication(written, 'npm', was, is);
  const { feeds } = around;
  if (feeds === undefined) return t.diagnostic(`${noFeeds()}: its CVEs are not compared`);
  const hits = (one: Installed) => findOsvHits(feeds, 'npm', one);
  assertHits(written.comparison, 'npm', hits(was), hits(is));
  assert.ok(written.comparison.findings.introduced.length > 0, 'axios 1.6.0 brings some');
});

test('a Python application: what pip lists, with its CVEs', { skip }, async (t) => {
  const project = createProject(join(folder.path, 'python'));
  project.commit('main', {
    'plimsoll.yaml': formatPolicy(around.host),
    'app.py': 'import jinja2\n',
    Containerfile: `FROM ${essential.name}\nWORKDIR /app\nCOPY app.py ./\nCOPY site /usr/lib/python3/dist-packages\nUSER 1000\nCMD ["python3", "app.py"]\n`,
    'requirements.txt': 'jinja2==2.11.2\nrequests==2.25.0\nurllib3==1.26.4\n',
  });
  project.commit('change', {
    'requirements.txt': 'jinja2==3.1.4\nrequests==2.32.3\nurllib3==2.2.2\nwerkzeug==3.0.0\n',
  });
  const python = createPython(join(folder.path, 'venv'));
  const installed = new Map<string, Installed>();
  for (const [branch, image] of BRANCHES)
    buildBranch(project, branch, `report:${image}`, (tree) =>
      installed.set(branch, python.install(tree.read('requirements.txt'), join(tree.folder, 'site'))),
    );
  const written = await writeComment(around, wishFor(project, 'report', 'python'));
  const [was, is] = both(installed);
  assertApplication(written, 'pypi', was, is);
  const { feeds } = around;
  if (feeds === undefined) return t.diagnostic(`${noFeeds()}: its CVEs are not compared`);
  const hits = (one: Installed) => findOsvHits(feeds, 'PyPI', one, python.path);
  assertHits(written.comparison, 'pypi', hits(was), hits(is));
  assert.ok(written.comparison.findings.introduced.length > 0, 'werkzeug 3.0.0 brings some');
});

const BRANCHES = [
  ['main', 'main'],
  ['change', 'pr'],
] as const;

function noFeeds(): string | undefined {
  return around.feeds === undefined ? '../shared is absent' : undefined;
}

function buildCrane(version: string) {
  const target = join(folder.path, `crane-${version}`);
  mkdirSync(target);
  return buildGoProgram(target, 'github.com/google/go-containerregistry/cmd/crane', version);
}

/** The workflow's `build`: check out, install or compile, make the image; answers with the commit. */
function buildBranch(
  project: Project,
  branch: string,
  image: string,
  prepare: (project: Project) => unknown,
): string {
  const commit = project.checkOut(branch);
  prepare(project);
  around.store.build(project.folder, image, {
    'org.opencontainers.image.source': SOURCE,
    'org.opencontainers.image.revision': commit,
  });
  return commit;
}

function wishFor(project: Project, image: string, key: string): CommentWish {
  const policy = join(project.folder, 'plimsoll.yaml');
  return { image: `local://${image}:pr`, to: `local://${image}:main`, key, policy };
}

function both(installed: ReadonlyMap<string, Installed>): readonly [Installed, Installed] {
  return [installed.get('main') as Installed, installed.get('change') as Installed];
}

function assertApplication(
  { comparison, body }: WrittenComment,
  type: string,
  was: Installed,
  is: Installed,
): void {
  const lines = differ(was, is);
  assert.deepEqual(listChanges(comparison.packages.changes, type), lines);
  assert.deepEqual(
    comparison.packages.changes.filter((one) => one.type !== type),
    [],
    'nothing else changed',
  );
  for (const change of lines.filter((one) => !one.includes(' absent '))) assertTold(body, change);
  assert.equal(comparison.base, 'same');
  assert.match(body, rowOf('Base', baseWords(essential), baseWords(essential), /the same/));
}

function debs({ packages }: DebianBase): Installed {
  return new Map(packages.map(({ name, version }) => [name, [version]]));
}

function single(versions: ReadonlyMap<string, string>): Installed {
  return new Map([...versions].map(([name, version]) => [name, [version]]));
}

function baseWords({ name, digest }: Base): RegExp {
  return quoted(`${code(name)} (${code(digest.slice(0, 'sha256:'.length + 12))}), current`);
}
