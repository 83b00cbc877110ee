// Promise: what the server marks by itself is all that a gate needs. A push is judged and signed, and a cluster that
// pinned the instance’s root lets it run; what the policy refuses is denied with its reasons and fixes; what was revoked
// is denied with why, by its digest and by its tag.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import type { RunningGate } from '../../src/app/gate.ts';
import type { Mark, MarkList } from '../../src/entry/http/contract-verdict.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createAuthority } from '../world/authority.ts';
import { runCommand } from '../world/command.ts';
import { pod, review, startGateWorld } from '../world/gate.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { ask } from '../world/secure.ts';

const good = debianImage(['one 1.0'], { user: '1000' });
const bad = debianImage(['two 1.0'], { user: 'root' });
const certificates = createAuthority();
const folder = temporaryFolder();
const home = join(folder.path, 'home');
const opened = new AsyncDisposableStack();
let product: ProductWorld;
let gate: RunningGate;

before(async () => {
  opened.use(folder);
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, 'policies: [{name: non-root-user}]');
  product = opened.use(await bootProduct({ policy, flags: [['--marks', 'on']] }));
  await product.push('team/good', '1', good);
  await product.push('team/bad', '1', bad);
  const { signer } = await untilMarked('team/good', 'PASSED');
  await untilMarked('team/bad', 'FAILED');
  const root = await product.send('GET', '/trust/trusted_root.json');
  writeFileSync(join(folder.path, 'trusted_root.json'), new Uint8Array(await root.arrayBuffer()));
  const policyFile = join(folder.path, 'gate.yaml');
  writeFileSync(
    policyFile,
    `
gate:
  trusted-roots: [trusted_root.json]
  remember: 0
  break-glass: { longest: 2h, users: [carol] }
  rules:
    - name: marked
      images: ['${product.host}/*']
      require:
        mark: { issuer: '${signer}', identity: '${signer}', policy: '*#policy.yaml', max-age: 1d }
`,
  );
  gate = opened.use(await startGateWorld({ folder: folder.path, policyFile, certificates, log: silentLog }));
  await writeCredential(product.host, { username: 'admin', password }, readPlaces({ HOME: home }));
});
after(() => opened.disposeAsync());

async function untilMarked(repository: string, result: string): Promise<Mark> {
  const path = `/api/v1/repositories/${repository}/-/images/1/marks`;
  return until(async () => {
    const [mark] = (await product.get<MarkList>(path)).marks;
    return mark?.endedAt === undefined && mark?.result === result ? mark : undefined;
  }, `a mark of ${repository} that says ${result}`);
}

interface Admission {
  readonly allowed: boolean;
  readonly warnings?: readonly string[];
  readonly status?: { readonly message: string };
}

async function admit(image: string, annotations: Record<string, string> = {}): Promise<Admission> {
  const object = pod(image);
  Object.assign(object.metadata.annotations, annotations);
  const answer = await ask(`${gate.url}/validate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: review(object),
    ca: certificates.certificate,
  });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text).response;
}

const at = (name: string, image: MadeImage): string => `${product.host}/team/${name}:1@${image.digest}`;
const revoke = (...argv: string[]) => runCommand(['revoke', ...argv], { home });

test('what was pushed and marked runs by its digest, under the root that the instance shows', async () => {
  const { allowed, status, warnings } = await admit(at('good', good));
  assert.deepEqual([allowed, status, warnings], [true, undefined, undefined]);
});

test('what the policy refuses is denied with the mark’s reasons and what mends them', async () => {
  const { allowed, status } = await admit(at('bad', bad));
  assert.equal(allowed, false);
  assert.match(
    status?.message ?? '',
    /Its mark says FAILED for the policy .*#policy\.yaml, at .* The configuration names the user root\. Fix: .*Set USER to another than root at the end of the Dockerfile\./,
  );
});

test('what was revoked is denied with why, by its digest and its tag, and a broken glass does not help', async () => {
  const name = `${product.host}/team/good@${good.digest}`;
  const done = await revoke(name, '--reason', 'a key was in it');
  assert.equal(done.exitCode, 0, done.stderr);
  const annotations = {
    'plimsoll.dev/break-glass-reason': 'we need it now',
    'plimsoll.dev/break-glass-until': new Date(Date.now() + 60_000).toISOString(),
  };
  for (const image of [at('good', good), `${product.host}/team/good:1`]) {
    const { allowed, status } = await admit(image, annotations);
    assert.equal(allowed, false, image);
    assert.match(status?.message ?? '', /The image was taken back: .*a key was in it\./, image);
    assert.match(status?.message ?? '', /A broken glass does not let in what was taken back/, image);
    assert.doesNotMatch(status?.message ?? '', /cannot be told/, image);
  }
  const back = await revoke(name, '--undo', '--reason', 'it was not');
  assert.equal(back.exitCode, 0, back.stderr);
  await untilMarked('team/good', 'PASSED');
  assert.equal((await admit(at('good', good))).allowed, true);
});
