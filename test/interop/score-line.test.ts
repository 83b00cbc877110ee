// Promise: the line with which Docker's post on the health scores verifies an image gives the same yes or no with the
// command's name changed, whoever signed and whatever is asked; but for three lines that cosign takes and that prove
// nothing of the image, which this command refuses.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../house.ts';
import { debianImage } from '../world/image.ts';
import { startIssuer } from '../world/issuer.ts';
import { bootProduct, password } from '../world/product.ts';
import { missingNewerTools, runAsync, temporaryFolder } from './world.ts';

const OWN = 'acme/app/.github/workflows/release.yml@refs/tags/v1';
const BUILDER = 'builders/build/.github/workflows/bake.yml@refs/tags/v2';
const COMMIT = 'a'.repeat(40);

/** `i` is the issuer's address, `p` the same in a pattern. */
type Words = (i: string, p: string) => readonly string[];
interface Line {
  readonly name: string;
  readonly of: 'own' | 'built' | 'attested' | 'keyed' | 'unsigned';
  readonly ask: Words;
  readonly cosign: boolean;
  /** Where the command says otherwise: why. */
  readonly refused?: string;
}

const issuerIs = (i: string): readonly string[] => ['--certificate-oidc-issuer', i];
const matches = (pattern: string): readonly string[] => ['--certificate-identity-regexp', pattern];
const from = (repository: string) => ['--certificate-github-workflow-repository', repository];
const built: Words = (i, p) => [
  ...issuerIs(i),
  ...matches(`^${p}/builders/build/.github/workflows/bake.yml.*$`),
];
const own: Words = (i, p) => [...issuerIs(i), ...matches(`^${p}/acme/app/.github/workflows/release.yml.*$`)];

const lines: readonly Line[] = [
  { name: 'its own workflow, any ref', of: 'own', ask: own, cosign: true },
  {
    name: 'its own workflow exactly',
    of: 'own',
    ask: (i) => [...issuerIs(i), '--certificate-identity', `${i}/${OWN}`],
    cosign: true,
  },
  {
    name: 'a ref that it is not',
    of: 'own',
    ask: (i, p) => [...issuerIs(i), ...matches(`^${p}/acme/app/.*@refs/heads/main$`)],
    cosign: false,
  },
  {
    name: 'a workflow that it is not',
    of: 'own',
    ask: (i, p) => [...issuerIs(i), ...matches(`^${p}/acme/app/.github/workflows/test.yml.*$`)],
    cosign: false,
  },
  { name: 'another issuer', of: 'own', ask: (_, p) => own('https://token.example.org', p), cosign: false },
  {
    name: 'any issuer by a pattern',
    of: 'own',
    ask: (_, p) => ['--certificate-oidc-issuer-regexp', '^https?://.*$', ...own('', p).slice(2)],
    cosign: true,
  },
  {
    name: 'its source repository',
    of: 'own',
    ask: (i, p) => [...own(i, p), ...from('acme/app')],
    cosign: true,
  },
  {
    name: 'another source repository',
    of: 'own',
    ask: (i, p) => [...own(i, p), ...from('evil/app')],
    cosign: false,
  },
  {
    name: 'its commit',
    of: 'own',
    ask: (i, p) => [...own(i, p), '--certificate-github-workflow-sha', COMMIT],
    cosign: true,
  },
  {
    name: 'another commit',
    of: 'own',
    ask: (i, p) => [...own(i, p), '--certificate-github-workflow-sha', 'b'.repeat(40)],
    cosign: false,
  },
  {
    name: 'another ref of the source',
    of: 'own',
    ask: (i, p) => [...own(i, p), '--certificate-github-workflow-ref', 'refs/heads/next'],
    cosign: false,
  },
  {
    name: 'another trigger',
    of: 'own',
    ask: (i, p) => [...own(i, p), '--certificate-github-workflow-trigger', 'pull_request'],
    cosign: false,
  },
  {
    name: 'a shared builder and the source',
    of: 'built',
    ask: (i, p) => [...built(i, p), ...from('acme/app')],
    cosign: true,
  },
  {
    name: 'a shared builder and another source',
    of: 'built',
    ask: (i, p) => [...built(i, p), ...from('evil/app')],
    cosign: false,
  },
  { name: 'a shared builder alone', of: 'built', ask: built, cosign: true, refused: 'source-repository' },
  {
    name: 'a pattern that names something in the middle',
    of: 'own',
    ask: (i) => [...issuerIs(i), ...matches('acme/app')],
    cosign: true,
    refused: 'identity',
  },
  { name: 'a lone statement', of: 'attested', ask: own, cosign: true, refused: 'predicate-type' },
  { name: 'an image that a key signed', of: 'keyed', ask: own, cosign: false },
  { name: 'an image that nobody signed', of: 'unsigned', ask: own, cosign: false },
];

test('the Score blog’s line, with either name', { skip: missingNewerTools('cosign') }, async (t) => {
  using folder = temporaryFolder();
  await using issuer = await startIssuer();
  await using world = await bootProduct({ flags: [['--issuers', issuer.url]] });
  const at = (name: string): string => join(folder.path, name);
  for (const name of ['trusted_root.json', 'signing_config.json'])
    writeFileSync(at(name), await (await world.send('GET', `/trust/${name}`)).bytes());
  mkdirSync(at('docker'));
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(at('docker/config.json'), JSON.stringify({ auths: { [world.host]: { auth } } }));
  writeFileSync(at('predicate.json'), JSON.stringify({ buildDefinition: {}, runDetails: {} }));
  const environment = {
    ...{ HOME: folder.path, DOCKER_CONFIG: at('docker'), COSIGN_PASSWORD: '' },
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const trusted = ['--trusted-root', at('trusted_root.json')];
  const by = ['--signing-config', at('signing_config.json'), ...trusted, '--yes', '--allow-http-registry'];
  const tokenOf = (workflow: string): Promise<string> =>
    issuer.token({
      ...{ sub: 'repo:acme/app:ref:refs/tags/v1', aud: 'sigstore', job_workflow_ref: workflow },
      ...{
        repository: 'acme/app',
        ref: 'refs/tags/v1',
        sha: COMMIT,
        event_name: 'push',
        workflow: 'release',
      },
      ...{ runner_environment: 'github-hosted', run_id: '7', run_attempt: '1' },
    });
  const names = new Map<string, string>();
  for (const kind of ['own', 'built', 'attested', 'keyed', 'unsigned']) {
    const image = debianImage([`${kind} 1.0`]);
    await world.push(`acme/${kind}`, 'v1', image);
    names.set(kind, `${world.host}/acme/${kind}@${image.digest}`);
  }
  const cosign = (args: readonly string[]) => runAsync('cosign', args, environment);
  const nameOf = (of: string): string => names.get(of) ?? '';
  const statement = ['--type', 'slsaprovenance1', '--predicate', at('predicate.json')];
  await cosign(['generate-key-pair', '--output-key-prefix', at('own')]);
  await cosign(['sign', ...by, '--identity-token', await tokenOf(OWN), nameOf('own')]);
  await cosign(['sign', ...by, '--identity-token', await tokenOf(BUILDER), nameOf('built')]);
  await cosign(['attest', ...by, ...statement, '--identity-token', await tokenOf(OWN), nameOf('attested')]);
  await cosign(['sign', ...by, '--key', at('own.key'), nameOf('keyed')]);

  for (const { name, of, ask, cosign: theirs, refused } of lines)
    await t.test(
      `${name}: ${theirs ? 'yes' : 'no'}${refused === undefined ? '' : ', and here no'}`,
      async () => {
        const pattern = issuer.url.replaceAll('.', '\\.');
        const line = ['verify', '--experimental-oci11', '--new-bundle-format', ...ask(issuer.url, pattern)];
        const words = [...line, ...trusted, nameOf(of)];
        const answer = (program: string, first: readonly string[]) =>
          runAsync(program, [...first, ...words], environment, [0, 1, 2, 3, 10, 12]);
        const peer = await answer('cosign', []);
        assert.equal(peer.status === 0, theirs, `cosign: ${peer.stderr}`);
        const ran = await answer(process.execPath, [join(root, 'bin/plimsoll.js')]);
        assert.equal(ran.status === 0, theirs && refused === undefined, `${ran.stdout}${ran.stderr}`);
        if (ran.status !== 0) assert.ok(ran.status === 2 || ran.status === 3, `${ran.status}: ${ran.stderr}`);
        if (refused !== undefined) assert.match(ran.stdout, new RegExp(`\\[${refused}\\]`));
      },
    );
});
